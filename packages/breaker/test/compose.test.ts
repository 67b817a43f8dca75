import { describe, expect, it } from 'vitest'
import { compose, createBreaker, retry, timeout, wrap } from '@distrokit/breaker'
import type { Policy } from '@distrokit/breaker'

const traced = (name: string, trace: string[]): Policy => ({
  async run(call, options) {
    trace.push(`${name} in`)
    try {
      return await call(options as never)
    } finally {
      trace.push(`${name} out`)
    }
  },
})

describe('compose', () => {
  it('puts the first policy outermost: compose(a, b, c).run(f) = a(b(c(f)))', async () => {
    const trace: string[] = []
    const policy = compose(traced('a', trace), traced('b', trace), traced('c', trace))
    await policy.run(() => trace.push('f'))
    expect(trace).toEqual(['a in', 'b in', 'c in', 'f', 'c out', 'b out', 'a out'])
  })

  it('is a policy again, and of nothing just calls', async () => {
    expect(await compose(compose(), compose(retry(), timeout(100)), createBreaker()).run(({ attempt }) => attempt)).toBe(1)
  })

  it('carries attempt, signal and deadline from the outermost to the call', async () => {
    const controller = new AbortController()
    const policy = compose(createBreaker(), retry({ baseMs: 0 }), createBreaker({ name: 'inner' }))
    const seen = await policy.run(({ attempt, signal, deadlineMs, priority }) => {
      if (attempt === 1) throw new Error('down')
      return { attempt, same: signal === controller.signal, deadlineMs, priority }
    }, { signal: controller.signal, deadlineMs: 1e9, priority: 3 })
    expect(seen).toEqual({ attempt: 2, same: true, deadlineMs: 1e9, priority: 3 })
  })

  it('refuses what is no policy', () => {
    expect(() => compose({} as never)).toThrow(/each policy must have a run method/)
    expect(() => compose(undefined as never)).toThrow(TypeError)
  })

  it('says what a call must be, in every policy', async () => {
    for (const policy of [createBreaker(), retry(), timeout(10), compose()]) {
      await expect(policy.run('text' as never)).rejects.toThrow(TypeError)
    }
  })
})

describe('wrap', () => {
  it('gives a function of the same shape, with its `this`', async () => {
    const shop = { price: 2, total: wrap(timeout(100), function (this: { price: number }, count: number): number { return this.price * count }) }
    expect(await shop.total(3)).toBe(6)
  })

  it('refuses what it cannot wrap', () => {
    expect(() => wrap({} as never, () => 1)).toThrow(/policy must have a run method/)
    expect(() => wrap(timeout(1), 'text' as never)).toThrow(/fn must be a function/)
  })
})
