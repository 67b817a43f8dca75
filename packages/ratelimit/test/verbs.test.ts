import { describe, expect, it } from 'vitest'
import { createLimiter, perHour, perMinute, perSecond, type LimiterEvent } from '../src/index.ts'
import { manualClock } from '../src/adapters/testing.ts'

const setup = (tokens = 10, options = {}) => {
  const clock = manualClock()
  return { clock, limiter: createLimiter(perMinute(tokens), { clock, ...options }) }
}

describe('give', () => {
  it('puts tokens back, never above the burst', () => {
    const { limiter } = setup()
    limiter.take('k', 4)
    limiter.give('k', 3)
    expect(limiter.peek('k', 0).remaining).toBe(9)
    limiter.give('k', 1000)
    limiter.give('stranger')
    expect([limiter.peek('k', 0).remaining, limiter.peek('stranger', 0).remaining]).toEqual([10, 10])
  })

  it('applies a named refund once', () => {
    const { limiter } = setup()
    limiter.take('k', 4)
    limiter.give('k', 2, { id: 'order 7' })
    limiter.give('k', 2, { id: 'order 7' })
    expect(limiter.peek('k', 0).remaining).toBe(8)
  })
})

describe('charge', () => {
  it('goes into debt, and says when the next token is free', () => {
    const { clock, limiter } = setup()
    expect(limiter.charge('k', 25)).toMatchObject({ allowed: true, reason: 'ok', remaining: 0, retryAfterMs: 96_000, resetAfterMs: 150_000 })
    clock.advance(95_999)
    expect(limiter.take('k').allowed).toBe(false)
    clock.advance(1)
    expect(limiter.take('k').allowed).toBe(true)
  })

  it('applies a named charge once per key', () => {
    const { limiter } = setup()
    limiter.charge('a', 4, { id: 'completion 1' })
    limiter.charge('a', 4, { id: 'completion 1' })
    limiter.charge('b', 4, { id: 'completion 1' })
    expect([limiter.peek('a', 0).remaining, limiter.peek('b', 0).remaining]).toEqual([6, 6])
  })

  it('forgets the oldest names first, and then errs on the side of charging', () => {
    const { limiter } = setup(100, { maxIds: 2 })
    for (const id of ['1', '2', '3', '3', '1']) limiter.charge('k', 10, { id })
    expect(limiter.peek('k', 0).remaining).toBe(60)
  })

  it('refuses a debt that could not be counted, and changes nothing', () => {
    const { limiter } = setup()
    expect(limiter.charge('k', Number.MAX_SAFE_INTEGER)).toMatchObject({ allowed: false, reason: 'impossible' })
    expect(limiter.peek('k', 0).remaining).toBe(10)
  })

  it('does not use up the name of a charge that was impossible', () => {
    const { limiter } = setup()
    limiter.charge('k', Number.MAX_SAFE_INTEGER, { id: 'x' })
    limiter.charge('k', 3, { id: 'x' })
    expect(limiter.peek('k', 0).remaining).toBe(7)
  })
})

describe('block and reset', () => {
  it('refuses a blocked key until the very millisecond, whatever its bucket holds', () => {
    const { clock, limiter } = setup()
    expect(limiter.block('k', 5000)).toBe(true)
    expect(limiter.take('k')).toMatchObject({ allowed: false, reason: 'blocked', remaining: 0, retryAfterMs: 5000 })
    expect(limiter.take('other').allowed).toBe(true)
    clock.advance(4999)
    expect(limiter.take('k').reason).toBe('blocked')
    clock.advance(1)
    expect(limiter.take('k').allowed).toBe(true)
  })

  it('tells of the longer of block and limit', () => {
    const { limiter } = setup(1)
    limiter.take('k')
    limiter.block('k', 10)
    expect(limiter.take('k')).toMatchObject({ reason: 'blocked', retryAfterMs: 60_000 })
  })

  it('never drops an old block for a new one', () => {
    const { clock, limiter } = setup(1, { maxKeys: 2 })
    expect([limiter.block('a', 100), limiter.block('b', 900), limiter.block('c', 100)]).toEqual([true, true, false])
    clock.advance(100)
    expect([limiter.block('c', 100), limiter.take('b').reason]).toEqual([true, 'blocked'])
  })

  it('forgets debts and blocks on reset', () => {
    const { limiter } = setup()
    limiter.charge('k', 100)
    limiter.block('k', 1000)
    limiter.reset('k')
    expect(limiter.take('k')).toMatchObject({ allowed: true, remaining: 9 })
    limiter.reset('nobody')
  })
})

describe('change', () => {
  it('keeps what was used as it was, token for token, by default', () => {
    const { limiter } = setup(10)
    limiter.take('k', 6)
    limiter.change(perMinute(20))
    expect(limiter.peek('k', 0)).toMatchObject({ remaining: 14, limit: 20 })
    limiter.change(perHour(4))
    expect(limiter.peek('k', 0)).toMatchObject({ remaining: 0, limit: 4, resetAfterMs: 5_400_000 })
  })

  it('keeps the share that was used, on demand', () => {
    const { limiter } = setup(10)
    limiter.take('k', 6)
    limiter.change(perMinute(100), { held: 'share' })
    expect(limiter.peek('k', 0).remaining).toBe(40)
  })

  it('rounds against the key, so that no change mints a token', () => {
    const { limiter } = setup(3)
    limiter.take('k', 1)
    limiter.change(perMinute(2), { held: 'share' })
    expect(limiter.peek('k', 0).remaining).toBe(1)
    expect(limiter.take('k', 2).allowed).toBe(false)
  })

  it('fills every bucket on reset', () => {
    const { limiter } = setup(10)
    limiter.take('k', 6)
    limiter.change(perMinute(10), { held: 'reset' })
    expect(limiter.peek('k', 0).remaining).toBe(10)
  })

  it('finds heirs by name, and a limit without a forebear starts full', () => {
    const clock = manualClock()
    const limiter = createLimiter([perSecond(10, { name: 'short' }), perHour(100, { name: 'long' })], { clock })
    limiter.take('k', 8)
    limiter.change([perHour(50, { name: 'long' }), perMinute(5, { name: 'middle' }), perSecond(9, { name: 'short' })])
    expect(limiter.peek('k', 0)).toMatchObject({ policy: 'short', remaining: 1 })
    expect(limiter.policies.map(({ name }) => name)).toEqual(['long', 'middle', 'short'])
  })

  it('keeps blocks, also after the clock went back', () => {
    const clock = manualClock(10_000_000)
    const limiter = createLimiter(perSecond(5), { clock })
    limiter.take('other')
    clock.step(-3_600_000)
    limiter.block('k', 5000)
    limiter.change(perSecond(6))
    clock.advance(4999)
    expect(limiter.take('k').reason).toBe('blocked')
    clock.advance(1)
    expect(limiter.take('k').reason).toBe('ok')
  })

  it('changes nothing when the new limits make no sense', () => {
    const { limiter } = setup(10)
    expect(() => limiter.change([])).toThrow(RangeError)
    expect(() => limiter.change(perMinute(1), { held: 'some' as 'used' })).toThrow("'used', 'share' or 'reset'")
    expect(limiter.policies).toEqual([{ name: '10-per-minute', limit: 10, perMs: 60_000, burst: 10 }])
  })
})

describe('shadow mode and events', () => {
  it('admits what it would have refused, says so, and takes nothing for it', () => {
    const { clock, limiter } = setup(1, { shadow: true })
    limiter.take('k')
    expect(limiter.take('k')).toMatchObject({ allowed: true, reason: 'shadow', retryAfterMs: 60_000 })
    limiter.take('k')
    clock.advance(60_000)
    expect(limiter.take('k').reason).toBe('ok')
  })

  it('reports every decision, and a listener that throws changes nothing', () => {
    const { limiter } = setup(1)
    const events: LimiterEvent[] = []
    const broken = limiter.onEvent(() => {
      throw new Error('listener broke')
    })
    const listening = limiter.onEvent((event) => events.push(event))
    limiter.take('k')
    broken[Symbol.dispose]()
    limiter.take('k')
    listening[Symbol.dispose]()
    limiter.take('k')
    expect(events.map((event) => event.type === 'decision' && event.decision.reason)).toEqual(['ok', 'limit'])
  })
})
