import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLimiter, perMinute, perSecond, type Decision } from '../src/index.ts'
import { manualClock } from '../src/adapters/testing.ts'
import { worstExcess, type Admission } from './support/window.ts'

/** Lets the promises that are settled report, which takes a few microtasks. */
const settle = async (): Promise<void> => {
  for (let hop = 0; hop < 5; hop += 1) await Promise.resolve()
}

describe('wait', () => {
  it('resolves at once when there are tokens, and sets no timer', async () => {
    const clock = manualClock()
    const limiter = createLimiter(perSecond(1), { clock })
    expect(await limiter.wait('k')).toMatchObject({ allowed: true })
    expect(clock.pending).toBe(0)
  })

  it('serves first come, first served, each at the first moment at which its tokens are there', async () => {
    const clock = manualClock()
    const limiter = createLimiter(perSecond(2), { clock })
    const served: [number, number][] = []
    limiter.take('k', 2)
    for (const cost of [2, 1, 1]) void limiter.wait('k', { cost }).then(() => served.push([cost, clock.monotonic()]))
    for (let step = 0; step < 5; step += 1) {
      clock.advance(500)
      await settle()
    }
    expect(served).toEqual([
      [2, 1000],
      [1, 1500],
      [1, 2000],
    ])
    expect(clock.pending).toBe(0)
  })

  it('is not starved by takers that come later: they are told when the line will be through', async () => {
    const clock = manualClock()
    const limiter = createLimiter(perSecond(2), { clock })
    limiter.take('k', 2)
    let served = false
    void limiter.wait('k', { cost: 2 }).then(() => (served = true))
    clock.advance(500)
    expect(limiter.take('k')).toMatchObject({ allowed: false, retryAfterMs: 1000 })
    clock.advance(500)
    await settle()
    expect(served).toBe(true)
    clock.advance(499)
    expect(limiter.take('k').allowed).toBe(false)
    clock.advance(1)
    expect(limiter.take('k').allowed).toBe(true)
  })

  it('rejects with the reason of its signal, takes nothing, and lets those behind move up', async () => {
    const clock = manualClock()
    const limiter = createLimiter(perSecond(2), { clock })
    limiter.take('k', 2)
    const controller = new AbortController()
    const first = limiter.wait('k', { cost: 2, signal: controller.signal })
    const second = limiter.wait('k', { cost: 1 })
    clock.advance(500)
    controller.abort(new Error('not any more'))
    await expect(first).rejects.toThrow('not any more')
    expect(await second).toMatchObject({ allowed: true, remaining: 0 })
    expect([clock.pending, limiter.snapshot().waiting]).toEqual([0, 0])
    await expect(limiter.wait('k', { signal: AbortSignal.abort('gone') })).rejects.toBe('gone')
  })

  it('refuses at once what would wait too long, can never fit, or finds the queue full', async () => {
    const clock = manualClock()
    const limiter = createLimiter(perSecond(1), { clock, maxWaiting: 2 })
    limiter.take('k')
    expect(await limiter.wait('k', { maxWaitMs: 999 })).toMatchObject({ allowed: false, reason: 'limit', retryAfterMs: 1000 })
    expect(await limiter.wait('k', { cost: 2 })).toMatchObject({ reason: 'impossible' })
    void limiter.wait('k', { maxWaitMs: 1000 })
    void limiter.wait('k')
    expect(await limiter.wait('k')).toMatchObject({ allowed: false, reason: 'queue', retryAfterMs: 3000 })
    expect(limiter.snapshot().waiting).toBe(2)
  })

  it('wakes when tokens are given back, when the key is reset and when limits change', async () => {
    const clock = manualClock()
    const limiter = createLimiter(perMinute(2), { clock })
    const wakes: [string, (key: string) => void][] = [
      ['give', (key) => limiter.give(key)],
      ['reset', (key) => limiter.reset(key)],
      ['change', () => limiter.change(perMinute(20))],
    ]
    for (const [key, wake] of wakes) {
      limiter.take(key, 2)
      const waiting = limiter.wait(key)
      wake(key)
      expect(await waiting).toMatchObject({ allowed: true })
    }
  })

  it('sends everybody home when the limiter is disposed of', async () => {
    const clock = manualClock()
    const limiter = createLimiter(perSecond(1), { clock })
    limiter.take('k')
    const waiting = limiter.wait('k')
    limiter[Symbol.dispose]()
    expect(await waiting).toMatchObject({ allowed: false, reason: 'closed' })
    expect(limiter.take('k')).toMatchObject({ allowed: false, reason: 'closed' })
    expect(clock.pending).toBe(0)
  })

  it('survives timers that fire early, as those beyond the range of the platform do', async () => {
    const real = manualClock()
    const early = { ...real, after: (ms: number, run: () => void) => real.after(Math.min(ms, 100), run) }
    const limiter = createLimiter(perSecond(1), { clock: early })
    limiter.take('k')
    let served: Decision | undefined
    void limiter.wait('k').then((decision) => (served = decision))
    real.advance(999)
    await settle()
    expect(served).toBeUndefined()
    real.advance(1)
    await settle()
    expect(served).toMatchObject({ allowed: true })
  })

  it('says so when it was given a clock without timers', () => {
    const limiter = createLimiter(perSecond(1), { clock: { monotonic: () => 0 } })
    expect(() => limiter.wait('k')).toThrow('no after')
  })

  it('keeps order and limit for any mix of waiters, takers and leavers', async () => {
    const step = fc.record({ verb: fc.constantFrom('wait', 'wait', 'take', 'abort'), cost: fc.integer({ min: 1, max: 3 }), pauseMs: fc.integer({ min: 0, max: 900 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (plan) => {
        const clock = manualClock()
        const limiter = createLimiter(perSecond(3), { clock })
        const admitted: Admission[] = []
        const order: number[] = []
        const controllers: AbortController[] = []
        for (const [index, { verb, cost, pauseMs }] of plan.entries()) {
          for (let ms = 0; ms < pauseMs; ms += 50) {
            clock.advance(50)
            await settle()
          }
          if (verb === 'take' && limiter.take('k', cost).allowed) admitted.push({ atMs: clock.monotonic(), cost })
          if (verb === 'abort') controllers.shift()?.abort()
          if (verb === 'wait') {
            const controller = new AbortController()
            controllers.push(controller)
            const entered = limiter.wait('k', { cost, signal: controller.signal })
            entered.then(() => (order.push(index), admitted.push({ atMs: clock.monotonic(), cost })), () => undefined)
          }
          await settle()
        }
        clock.advance(1_000_000)
        await settle()
        expect(order).toEqual(order.toSorted((a, b) => a - b))
        expect([limiter.snapshot().waiting, clock.pending]).toEqual([0, 0])
        admitted.sort((a, b) => a.atMs - b.atMs)
        // Times are read when the promise reports, up to a step of 50 ms after the admission; the last ones all report together.
        const timely = admitted.filter(({ atMs }) => atMs < 100_000)
        expect(worstExcess(timely, perSecond(3))).toBeLessThanOrEqual(50 * 3)
      }),
      { numRuns: 60 },
    )
  })
})
