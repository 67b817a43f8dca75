import { describe, expect, it } from 'vitest'
import { RefusedError, ShedError, throttle } from '@distrokit/breaker'
import { manualClock } from '@distrokit/breaker/testing'
import { createRandom } from './random.ts'

describe('throttle', () => {
  it('sheds nothing while the target accepts at least one in k', async () => {
    const policy = throttle({ k: 2, clock: manualClock(), random: () => 0 })
    for (let i = 0; i < 200; i++) await policy.run(() => (i % 2 === 0 ? 1 : Promise.reject(new Error('busy')))).catch(() => {})
    expect(policy.share).toBeLessThanOrEqual(1 / 201)
  })

  it('sheds nearly everything while the target accepts nothing, and lets the rest find out when it is back', async () => {
    const clock = manualClock()
    const policy = throttle({ windowMs: 10_000, clock, random: createRandom(1) })
    let reached = 0
    const second = async (accepts: boolean): Promise<number> => {
      const before = reached
      for (let i = 0; i < 100; i++) {
        await policy.run(() => (reached++, accepts ? 1 : Promise.reject(new Error('busy')))).catch(() => {})
        await clock.advance(10)
      }
      return reached - before
    }
    for (let i = 0; i < 10; i++) await second(true)
    for (let i = 0; i < 20; i++) await second(false)
    expect(await second(false)).toBeLessThan(5)
    for (let i = 0; i < 80; i++) await second(true)
    expect(await second(true)).toBe(100)
  })

  it('is exactly the formula: max(0, (requests - k accepts) / (requests + 1))', async () => {
    const policy = throttle({ k: 1.5, clock: manualClock(), random: () => 0.999 })
    let [requests, accepts] = [0, 0]
    for (let i = 0; i < 300; i++) {
      expect(policy.share).toBeCloseTo(Math.max(0, (requests - 1.5 * accepts) / (requests + 1)))
      requests++
      if (i % 7 === 0) accepts++
      await policy.run(() => (i % 7 === 0 ? 1 : Promise.reject(new Error('busy')))).catch(() => {})
    }
  })

  it('counts calls when they begin, so that a target that stops answering is noticed', () => {
    const policy = throttle({ clock: manualClock(), random: () => 0.999 })
    for (let i = 0; i < 99; i++) void policy.run(() => new Promise(() => {})).catch(() => {})
    expect(policy.share).toBeCloseTo(0.99)
  })

  it('refuses with a ShedError that says how much is shed', async () => {
    const policy = throttle({ clock: manualClock(), random: () => 0 })
    void policy.run(() => new Promise(() => {}))
    const error = await policy.run(() => 1).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(ShedError)
    expect(error).toBeInstanceOf(RefusedError)
    expect(error).toMatchObject({ code: 'shed', share: 0.5 })
  })

  it('does not count what says nothing about the target', async () => {
    const policy = throttle({ clock: manualClock(), judge: () => 'ignore', random: () => 0 })
    for (let i = 0; i < 10; i++) await policy.run(() => 1)
    expect(policy.share).toBe(0)
  })

  it('refuses a k below 1', () => {
    expect(() => throttle({ k: 0.5 })).toThrow(/k must be a number from 1 to .*; got 0.5/)
  })
})
