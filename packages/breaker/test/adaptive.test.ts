import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { adaptive, aimd, gradient } from '@distrokit/breaker'
import type { LimitRule } from '@distrokit/breaker'
import { manualClock } from '@distrokit/breaker/testing'

/** A target that serves `capacity` calls at once in 10 ms each, and more of them in proportion slower; with 200 callers who never pause. */
async function load(limit: LimitRule, capacity: number, seconds: number) {
  const clock = manualClock()
  const policy = adaptive({ limit, clock })
  let active = 0
  let served = 0
  let worstMs = 0
  const call = async (): Promise<void> => {
    active++
    const began = clock.monotonic()
    const takes = 10 * Math.max(1, active / capacity)
    await new Promise<void>((resolve) => clock.after(takes, resolve))
    active--
    served++
    if (began > (seconds * 1000) / 2) worstMs = Math.max(worstMs, clock.monotonic() - began)
  }
  const stop = new AbortController()
  const caller = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const refused = await policy.run(call).then(() => false, () => true)
      if (refused) await new Promise<void>((resolve) => clock.after(50, resolve))
    }
  }
  const callers = Array.from({ length: 200 }, caller)
  await clock.advance(seconds * 1000)
  stop.abort()
  await clock.advance(1000)
  await Promise.all(callers)
  return { limit: policy.limit, served, worstMs, active: policy.active, pending: clock.pending }
}

describe('adaptive', () => {
  it('finds about the capacity of its target, keeps it busy, and keeps calls short', async () => {
    const { limit, served, worstMs, active, pending } = await load(gradient({ initial: 5 }), 20, 30)
    expect(limit).toBeGreaterThanOrEqual(15)
    expect(limit).toBeLessThanOrEqual(40)
    expect(served).toBeGreaterThan(0.95 * 20 * 100 * 30)
    expect(worstMs).toBeLessThan(25)
    expect([active, pending]).toEqual([0, 0])
  })

  it('refuses with a FullError that says the limit', async () => {
    const policy = adaptive({ limit: aimd({ initial: 1 }) })
    void policy.run(() => new Promise(() => {}))
    await expect(policy.run(() => 1)).rejects.toMatchObject({ code: 'full', limit: 1 })
  })

  it('learns once in a window, from enough calls, and not from what is ignored', async () => {
    const clock = manualClock()
    const policy = adaptive({ limit: aimd({ initial: 10 }), windowMs: 100, samples: 5, clock })
    for (let i = 0; i < 4; i++) await policy.run(() => Promise.reject(new Error('down'))).catch(() => {})
    await clock.advance(100)
    expect(policy.limit).toBe(10)
    await policy.run(() => Promise.reject(new Error('down'))).catch(() => {})
    expect(policy.limit).toBe(9)
    const deaf = adaptive({ limit: aimd({ initial: 10 }), samples: 1, windowMs: 1, judge: () => 'ignore', clock })
    await clock.advance(10)
    await deaf.run(() => Promise.reject(new Error('down'))).catch(() => {})
    expect(deaf.limit).toBe(10)
  })
})

describe('the limits', () => {
  const sample = fc.record({ durationMs: fc.double({ min: 0.001, max: 1e6, noNaN: true }), active: fc.nat(2000), succeeded: fc.nat(50), failed: fc.nat(50) })
  it('stay between their bounds, whatever they are told', () => {
    fc.assert(fc.property(fc.array(sample, { maxLength: 200, size: 'max' }), fc.integer({ min: 1, max: 50 }), (samples, min) => {
      for (const rule of [aimd({ min, max: 100 }), gradient({ min, max: 100 })]) {
        const estimate = rule.start()
        for (const one of samples) {
          estimate.update(one)
          expect(estimate.limit).toBeGreaterThanOrEqual(min)
          expect(estimate.limit).toBeLessThanOrEqual(100)
        }
      }
    }))
  })

  it('aimd: one more for a window that used at least half, a tenth less for a failure', () => {
    const estimate = aimd({ initial: 10 }).start()
    estimate.update({ durationMs: 1, active: 5, succeeded: 1, failed: 0 })
    expect(estimate.limit).toBe(11)
    estimate.update({ durationMs: 1, active: 5, succeeded: 1, failed: 0 })
    expect(estimate.limit).toBe(11)
    estimate.update({ durationMs: 1, active: 5, succeeded: 9, failed: 1 })
    expect(estimate.limit).toBe(9)
  })

  it('gradient: believes in time that a target has become slower for good', () => {
    const estimate = gradient({ initial: 50 }).start()
    for (let i = 0; i < 30; i++) estimate.update({ durationMs: 10, active: 20, succeeded: 10, failed: 0 })
    const slow = () => estimate.update({ durationMs: 40, active: estimate.limit, succeeded: 10, failed: 0 })
    for (let i = 0; i < 50; i++) slow()
    expect(estimate.limit).toBeLessThan(12)
    for (let i = 0; i < 400; i++) slow()
    expect(estimate.limit).toBeGreaterThan(50)
  })

  it('gradient: falls when durations rise beyond the tolerance, and never because of quick failures', () => {
    const estimate = gradient({ initial: 100 }).start()
    for (let i = 0; i < 50; i++) estimate.update({ durationMs: 10, active: 10, succeeded: 10, failed: 0 })
    expect(estimate.limit).toBe(100)
    for (let i = 0; i < 50; i++) estimate.update({ durationMs: 1, active: 100, succeeded: 0, failed: 10 })
    expect(estimate.limit).toBe(100)
    for (let i = 0; i < 20; i++) estimate.update({ durationMs: 100, active: 100, succeeded: 10, failed: 0 })
    expect(estimate.limit).toBeLessThan(40)
  })
})
