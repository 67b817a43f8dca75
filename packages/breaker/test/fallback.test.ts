import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { bulkhead, compose, fallback, timeout } from '@distrokit/breaker'

afterEach(() => vi.restoreAllMocks())

describe('fallback', () => {
  it('answers for what failed, and for what was refused', async () => {
    const cached = fallback(({ ok }) => (ok ? 'odd' : 'cached'))
    expect(await cached.run(() => Promise.reject(new Error('down')))).toBe('cached')
    expect(await cached.run(() => { throw new Error('at once') })).toBe('cached')
    const full = bulkhead({ limit: 1 })
    void full.run(() => new Promise(() => {}))
    expect(await compose(cached, full).run(() => 'real')).toBe('cached')
  })

  it('leaves results and the abort of the caller alone', async () => {
    const cached = fallback(() => 'cached')
    expect(await cached.run(() => 'real')).toBe('real')
    const controller = new AbortController()
    const running = cached.run(({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))), controller)
    controller.abort('gone')
    await expect(running).rejects.toBe('gone')
  })

  it('answers for what it is told to, results included', async () => {
    const policy = fallback(() => 'other', { when: (outcome) => outcome.ok && outcome.value === 404 })
    expect(await policy.run<number>(() => 404)).toBe('other')
    await expect(policy.run(() => Promise.reject(new Error('down')))).rejects.toThrow('down')
  })

  it('takes no answer to that question for a no', async () => {
    const policy = fallback(() => 'cached', { when: (() => {}) as never })
    await expect(policy.run(() => Promise.reject(new Error('down')))).rejects.toThrow('down')
  })

  it('decides by itself when that question throws', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const policy = fallback(() => 'cached', { when: () => { throw new Error('bug') } })
    expect(await policy.run(() => Promise.reject(new Error('down')))).toBe('cached')
  })

  it('shows the error of the substitute itself', async () => {
    await expect(fallback(() => { throw new Error('cache is empty') }).run(() => Promise.reject(new Error('down')))).rejects.toThrow('cache is empty')
  })

  it('adds its answer to the type of the result, through compose', async () => {
    const policy = compose(fallback(() => null), timeout(100))
    const result = await policy.run(() => 5)
    expectTypeOf(result).toEqualTypeOf<number | null>()
    expectTypeOf(await timeout(100).run(() => 5)).toEqualTypeOf<number>()
  })

  it('refuses a plain value', () => {
    expect(() => fallback('cached' as never)).toThrow(/needs a function that gives the answer/)
  })
})
