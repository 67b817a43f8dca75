import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLimiter, perHour, perMinute, perSecond } from '../src/index.ts'
import { manualClock } from '../src/adapters/testing.ts'

describe('bounded memory', () => {
  it('never gives a spent key its tokens back, however many newcomers come', () => {
    const clock = manualClock()
    const limiter = createLimiter(perHour(1), { clock, maxKeys: 1000 })
    limiter.take('spent')
    for (let index = 0; index < 50_000; index += 1) limiter.take(`junk ${index}`)
    expect(limiter.take('spent')).toMatchObject({ allowed: false, reason: 'limit', retryAfterMs: 3_600_000 })
    expect(limiter.size).toBe(1000)
  })

  it('lets newcomers share hashed buckets at the bound, so a flood throttles itself', () => {
    const limiter = createLimiter(perHour(10), { clock: manualClock(), maxKeys: 100, sharedBuckets: 16 })
    let admitted = 0
    for (let index = 0; index < 10_000; index += 1) if (limiter.take(`junk ${index}`).allowed) admitted += 1
    expect(admitted).toBeLessThanOrEqual(100 + 16 * 10)
    expect(admitted).toBeGreaterThan(100 + 12 * 10)
    expect(limiter.snapshot()).toMatchObject({ size: 100, maxKeys: 100, shared: 9900 })
  })

  it('gives room again as soon as buckets are full, and a newcomer brings the debt of the bucket it shared', () => {
    const clock = manualClock()
    const limiter = createLimiter(perMinute(1), { clock, maxKeys: 2, sharedBuckets: 1 })
    limiter.take('a')
    limiter.take('b')
    clock.advance(30_000)
    expect(limiter.take('c').allowed).toBe(true)
    clock.advance(30_000)
    expect(limiter.take('c')).toMatchObject({ allowed: false, retryAfterMs: 30_000 })
    clock.advance(30_000)
    expect(limiter.take('c').allowed).toBe(true)
    expect(limiter.size).toBeLessThanOrEqual(2)
  })

  it('finds room at the bound as soon as a sixteenth of the keys has filled, and keeps the others as they are', () => {
    const clock = manualClock()
    const limiter = createLimiter(perMinute(1), { clock, maxKeys: 160 })
    for (let index = 0; index < 10; index += 1) limiter.take(`early ${index}`)
    clock.advance(30_000)
    for (let index = 0; index < 150; index += 1) limiter.take(`late ${index}`)
    clock.advance(30_000)
    expect(limiter.take('newcomer').allowed).toBe(true)
    expect(limiter.snapshot()).toMatchObject({ size: 151, shared: 0 })
    for (let index = 0; index < 150; index += 1) expect(limiter.take(`late ${index}`)).toMatchObject({ allowed: false, retryAfterMs: 30_000 })
  })

  it('keeps what is owed, key by key, when a large table drops those that owe nothing', () => {
    const clock = manualClock()
    const limiter = createLimiter([perSecond(5), perHour(50)], { clock })
    const quick = createLimiter(perSecond(5), { clock })
    for (let index = 0; index < 16_384; index += 1) quick.take(`k${index}`, index % 2 === 0 ? 1 : 5)
    for (let index = 0; index < 100; index += 1) limiter.take(`k${index}`, 5)
    clock.advance(500)
    quick.take('one more')
    expect(quick.size).toBe(8193)
    for (let index = 1; index < 16_384; index += 2) expect(quick.peek(`k${index}`, 0)).toMatchObject({ remaining: 2, resetAfterMs: 500 })
    expect([limiter.sweep(), limiter.peek('k7', 0).remaining]).toEqual([0, 2])
  })

  it('follows the live keys: what is full is dropped in passing, without a timer', () => {
    const clock = manualClock()
    const limiter = createLimiter(perSecond(1), { clock, maxKeys: 10_000_000 })
    for (let index = 0; index < 200_000; index += 1) {
      limiter.take(`k${index}`)
      if (index % 20 === 0) clock.advance(1)
    }
    // 20 keys arrive each millisecond and are full after a second: 20 000 are alive at any time.
    expect(limiter.size).toBeLessThan(60_000)
    expect(clock.pending).toBe(0)
    clock.advance(1000)
    const { size } = limiter
    expect(limiter.sweep()).toBe(size)
    expect(limiter.size).toBe(0)
  })

  it('answers the same whether keys were swept or not', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ key: fc.integer({ min: 0, max: 30 }), cost: fc.integer({ min: 1, max: 4 }), pauseMs: fc.integer({ min: 0, max: 700 }), sweep: fc.boolean() })), (plan) => {
        const clock = manualClock()
        const limits = [perSecond(3), perMinute(20)]
        const swept = createLimiter(limits, { clock })
        const kept = createLimiter(limits, { clock })
        for (const { key, cost, pauseMs, sweep } of plan) {
          clock.advance(pauseMs)
          if (sweep) swept.sweep()
          expect(swept.take(`${key}`, cost)).toEqual(kept.take(`${key}`, cost))
        }
        expect(swept.size).toBeLessThanOrEqual(kept.size)
      }),
    )
  })

  it('reports once that it is saturated', () => {
    const limiter = createLimiter(perHour(1), { clock: manualClock(), maxKeys: 3 })
    const events: string[] = []
    limiter.onEvent(({ type }) => events.push(type))
    for (let index = 0; index < 6; index += 1) limiter.take(`k${index}`)
    expect(events.filter((type) => type === 'saturated')).toHaveLength(1)
  })

  it('spends about a machine word and a map entry on a key: at most 60 bytes at a million', () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const keys = Array.from({ length: 1_000_000 }, (_, index) => `ip:${index}`)
    const used = (): number => {
      collect()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      return heapUsed + arrayBuffers
    }
    const before = used()
    const limiter = createLimiter(perHour(5), { clock: manualClock(), maxKeys: 1_000_000 })
    for (const key of keys) limiter.take(key)
    expect((used() - before) / limiter.size).toBeLessThan(60)
  })
})

describe('clocks that misbehave', () => {
  it('mints nothing while a clock flaps', () => {
    const clock = manualClock(1_000_000)
    const limiter = createLimiter(perHour(10), { clock })
    let admitted = 0
    for (let index = 0; index < 1000; index += 1) {
      clock.step(index % 2 === 0 ? -5000 : 5000)
      if (limiter.take('k').allowed) admitted += 1
    }
    expect(admitted).toBe(10)
  })

  it('is not stuck after a jump back by an hour: time goes on from there, debts kept', () => {
    const clock = manualClock(10_000_000)
    const limiter = createLimiter(perSecond(5), { clock })
    const seen: string[] = []
    limiter.onEvent(({ type }) => seen.push(type))
    for (let count = 0; count < 5; count += 1) limiter.take('k')
    clock.step(-3_600_000)
    expect(limiter.take('k')).toMatchObject({ allowed: false, retryAfterMs: 200 })
    clock.advance(199)
    expect(limiter.take('k').allowed).toBe(false)
    clock.advance(1)
    expect(limiter.take('k').allowed).toBe(true)
    expect(seen).toContain('clock-back')
  })

  it('gives at most one burst for a jump ahead', () => {
    const clock = manualClock()
    const limiter = createLimiter(perSecond(5), { clock })
    for (let count = 0; count < 5; count += 1) limiter.take('k')
    clock.step(3_600_000)
    expect(limiter.peek('k').remaining).toBe(4)
  })

  it('stands still on readings that are no time, and goes on after them', () => {
    let reading = 1000
    const limiter = createLimiter(perSecond(1), { clock: { monotonic: () => reading } })
    limiter.take('k')
    for (reading of [Number.NaN, Infinity, -Infinity, Number.NaN]) expect(limiter.take('k')).toMatchObject({ allowed: false, retryAfterMs: 1000 })
    reading = 2000
    expect(limiter.take('k').allowed).toBe(true)
  })
})
