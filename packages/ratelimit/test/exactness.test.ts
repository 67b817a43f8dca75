import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLimiter, limit, perHour, perMinute, perSecond, type Limit } from '../src/index.ts'
import { bigintModel, manualClock } from '../src/adapters/testing.ts'
import { worstExcess, type Admission } from './support/window.ts'

const anyLimit = fc
  .record({
    limit: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 1_000_000 })),
    perMs: fc.oneof(fc.constantFrom(1000, 60_000, 3_600_000, 86_400_000), fc.integer({ min: 1, max: 100_000 })),
    share: fc.double({ min: 0.1, max: 3, noNaN: true }),
  })
  .map(({ limit, perMs, share }) => ({ limit, perMs, burst: Math.max(1, Math.round(limit * share)) }))

const severalLimits = fc
  .array(anyLimit, { minLength: 1, maxLength: 3 })
  .map((list) => list.map((one, index): Limit => ({ ...one, name: `limit ${index}` })))

type Step = { readonly verb: 'take' | 'peek' | 'give' | 'charge' | 'reset'; readonly cost: number; readonly pauseMs: number }

const steps = fc.array(
  fc.record({
    verb: fc.constantFrom<Step['verb']>('take', 'take', 'take', 'take', 'peek', 'give', 'charge', 'reset'),
    cost: fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 2_000_000 })),
    pauseMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 100_000_000 })),
  }),
  { minLength: 1, maxLength: 60 },
)

describe('a limiter in memory', () => {
  it('gives the answers of the BigInt model, step by step, for any limits, costs and pauses', () => {
    fc.assert(
      fc.property(severalLimits, steps, (limits, plan) => {
        const clock = manualClock(5)
        const limiter = createLimiter(limits, { clock })
        const model = bigintModel(limits)
        for (const { verb, cost, pauseMs } of plan) {
          clock.advance(pauseMs)
          const now = clock.monotonic()
          if (verb === 'take') expect(limiter.take('k', cost)).toEqual(model.take(now, cost))
          else if (verb === 'peek') expect(limiter.peek('k', cost)).toEqual(model.peek(now, cost))
          else if (verb === 'charge') expect(limiter.charge('k', cost)).toEqual(model.charge(now, cost))
          else if (verb === 'give') {
            limiter.give('k', cost)
            model.give(now, cost)
          } else {
            limiter.reset('k')
            model.reset()
          }
        }
      }),
      { numRuns: 400 },
    )
  })

  it('tells the truth in retryAfterMs: refused one millisecond earlier, admitted at that moment', () => {
    fc.assert(
      fc.property(severalLimits, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 40 }), (limits, costs) => {
        const clock = manualClock()
        const limiter = createLimiter(limits, { clock })
        for (const cost of costs) {
          const { allowed, reason, retryAfterMs } = limiter.take('k', cost)
          if (allowed || reason === 'impossible') continue
          clock.advance(retryAfterMs - 1)
          expect(limiter.peek('k', cost).allowed).toBe(false)
          clock.advance(1)
          expect(limiter.take('k', cost).allowed).toBe(true)
        }
      }),
    )
  })

  it('admits in every window of any length no more than the burst and what flows back in it', () => {
    fc.assert(
      fc.property(anyLimit, fc.array(fc.record({ cost: fc.integer({ min: 1, max: 9 }), pauseMs: fc.integer({ min: 0, max: 400 }) }), { maxLength: 120 }), (given, plan) => {
        const clock = manualClock()
        const limiter = createLimiter(given, { clock })
        const admitted: Admission[] = []
        for (const { cost, pauseMs } of plan) {
          clock.advance(pauseMs)
          if (limiter.take('k', cost).allowed) admitted.push({ atMs: clock.monotonic(), cost })
        }
        expect(worstExcess(admitted, given)).toBeLessThanOrEqual(0)
      }),
    )
  })

  it('takes from all limits or from none', () => {
    const clock = manualClock()
    const limiter = createLimiter([perSecond(1), perHour(100)], { clock })
    expect(limiter.take('k')).toMatchObject({ allowed: true, policy: '1-per-second', remaining: 0 })
    for (let tries = 0; tries < 500; tries += 1) expect(limiter.take('k')).toMatchObject({ allowed: false, policy: '1-per-second', retryAfterMs: 1000 })
    clock.advance(1000)
    for (let second = 0; second < 99; second += 1) {
      expect(limiter.take('k').allowed).toBe(true)
      clock.advance(1000)
    }
    // 100 tokens, 500 free refusals and 100 s later the hourly bucket holds what flowed in 100 s: two tokens and seven ninths.
    expect(limiter.peek('k')).toMatchObject({ allowed: true, policy: '1-per-second', remaining: 0 })
    clock.advance(1000)
    expect(limiter.take('k').allowed).toBe(true)
    clock.advance(1000)
    expect(limiter.take('k')).toMatchObject({ allowed: true, policy: '1-per-second' })
    clock.advance(1000)
    expect(limiter.take('k')).toMatchObject({ allowed: false, policy: '100-per-hour' })
  })

  it('names the limit that makes a refusal wait longest', () => {
    const limiter = createLimiter([perSecond(5), perMinute(5), perHour(1000)], { clock: manualClock() })
    for (let count = 0; count < 5; count += 1) limiter.take('k')
    expect(limiter.take('k')).toEqual({ allowed: false, reason: 'limit', remaining: 0, limit: 5, retryAfterMs: 12_000, resetAfterMs: 60_000, policy: '5-per-minute' })
  })

  it('calls a cost above the burst impossible, not later', () => {
    const limiter = createLimiter(perSecond(5), { clock: manualClock() })
    expect(limiter.take('k', 6)).toEqual({ allowed: false, reason: 'impossible', remaining: 5, limit: 5, retryAfterMs: Infinity, resetAfterMs: 0, policy: '5-per-second' })
    expect(limiter.take('k', 5).allowed).toBe(true)
  })

  it('is exact where floating point drifts: drained and refilled, a bucket always gives its whole burst', () => {
    for (let tokens = 1; tokens <= 300; tokens += 1) {
      const clock = manualClock(1_800_000_000_000)
      const limiter = createLimiter(perSecond(tokens), { clock })
      for (let cycle = 0; cycle < 5; cycle += 1) {
        let admitted = 0
        while (limiter.take('k').allowed) admitted += 1
        expect(admitted).toBe(tokens)
        clock.advance(1000)
      }
    }
  })

  it('counts up to 10^9 tokens a day exactly over months of running', () => {
    const clock = manualClock()
    const daily = limit({ limit: 999_999_999, perMs: 86_400_000 })
    const limiter = createLimiter(daily, { clock })
    const model = bigintModel(daily)
    for (let step = 0; step < 400; step += 1) {
      const cost = 1 + ((step * 7_654_321) % 999_999_999)
      expect(limiter.take('k', cost)).toEqual(model.take(clock.monotonic(), cost))
      clock.advance(31_536_001 + step * 977)
    }
  })
})

describe('the two clients that fixed windows get wrong', () => {
  const hour = 3_600_000

  it('lets a boundary attacker through at most 100 times in 250 ms where 100 a minute are allowed, 199 of a fixed window', () => {
    const clock = manualClock()
    const limiter = createLimiter(perMinute(100), { clock })
    limiter.take('k')
    clock.advance(59_900)
    let admitted = 0
    for (let tries = 0; tries < 99; tries += 1) if (limiter.take('k').allowed) admitted += 1
    clock.advance(200)
    for (let tries = 0; tries < 100; tries += 1) if (limiter.take('k').allowed) admitted += 1
    expect(admitted).toBe(100)
  })

  it('gives a boundary attacker 3030 in an hour: what a full bucket holds and what flows, each time', () => {
    const clock = manualClock()
    const limiter = createLimiter(perMinute(100), { clock })
    let admitted = 0
    const attack = (times: number): void => {
      for (let tries = 0; tries < times; tries += 1) if (limiter.take('k').allowed) admitted += 1
    }
    // One request opens the window that others would count in, 99 come just before it ends, a hundred just after.
    for (let cycle = 0; cycle < 30; cycle += 1) {
      attack(1)
      clock.advance(59_900)
      attack(99)
      clock.advance(200)
      attack(100)
      clock.advance(59_900)
    }
    expect(admitted).toBe(3030)
  })

  it.each([
    [3, 1000, 10_802],
    [7, 1000, 25_206],
    [100, 60_000, 6099],
  ])('admits a client that always asks exactly what flows: %i per %i ms is %i in an hour', (tokens, perMs, expected) => {
    const clock = manualClock()
    const limiter = createLimiter({ limit: tokens, perMs }, { clock })
    let admitted = 0
    for (let at = 0; at < hour; at += 1) {
      while (limiter.take('k').allowed) admitted += 1
      clock.advance(1)
    }
    expect(admitted).toBe(expected)
  })
})
