import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bulkhead, compose, createBudget, retry, timeout } from '@distrokit/breaker'
import type { RetryEvent, RetryOptions } from '@distrokit/breaker'
import { manualClock } from '@distrokit/breaker/testing'
import { backoff } from '../src/core/backoff.ts'
import { pushback } from '../src/core/pushback.ts'
import { countingSignal, pending } from './world.ts'

/** Runs a retry on a clock of its own, to its end, and tells when each attempt was made. */
async function attempts(options: RetryOptions, answer: (attempt: number) => unknown, run: object = {}) {
  const clock = manualClock()
  const policy = retry({ jitter: 'none', clock, ...options })
  const events: RetryEvent[] = []
  policy.onEvent((event) => events.push(event))
  const times: number[] = []
  const running = policy.run(async ({ attempt }) => {
    times.push(clock.monotonic())
    return answer(attempt)
  }, run).then((value) => ({ value }), (error: unknown) => ({ error }))
  await clock.advance(1_000_000)
  return { ...(await running) as { value?: unknown; error?: unknown }, times, events, pending: clock.pending }
}
const down = (): never => {
  throw new Error('down')
}

describe('retry', () => {
  it('tries again with doubling waits, and gives the last error back as it was thrown', async () => {
    const errors = [new Error('a'), new Error('b'), new Error('c')]
    const { error, times } = await attempts({ retries: 2, baseMs: 100 }, (attempt) => Promise.reject(errors[attempt - 1]))
    expect(times).toEqual([0, 100, 300])
    expect(error).toBe(errors[2])
  })

  it('stops with the first success', async () => {
    const { value, times } = await attempts({}, (attempt) => (attempt < 3 ? down() : attempt))
    expect([value, times.length]).toEqual([3, 3])
  })

  it('tries results again that are judged to be failures, and gives the last of them back', async () => {
    const { value, times } = await attempts({ retries: 1, judge: (outcome) => (outcome.ok && outcome.value === 503 ? 'fail' : undefined) }, () => 503)
    expect([value, times.length]).toEqual([503, 2])
  })

  it('keeps what was thrown, also when it is no error or a TypeError', async () => {
    expect((await attempts({ retries: 1 }, () => Promise.reject('text'))).error).toBe('text')
    const bug = new TypeError('x is not a function')
    expect(await attempts({ retries: 1 }, () => Promise.reject(bug))).toMatchObject({ error: bug, times: [0, 100] })
  })

  it('does not try refusals of local policies again, nor what a judge ignores', async () => {
    const full = bulkhead({ limit: 1 })
    void full.run(() => new Promise(() => {}))
    expect((await attempts({}, () => full.run(() => 1))).times).toHaveLength(1)
    expect((await attempts({ judge: () => 'ignore' }, down)).times).toHaveLength(1)
  })

  it('waits as long as the target asks, in seconds or by date, and not at all for one that asks too much', async () => {
    const refuse = (retryAfter: string) => () => Promise.reject(Object.assign(new Error('429'), { response: { headers: new Headers({ 'retry-after': retryAfter }) } }))
    expect((await attempts({ retries: 1 }, refuse('7'))).times).toEqual([0, 7000])
    expect((await attempts({ retries: 1 }, refuse(new Date(manualClock().now() + 9000).toUTCString()))).times).toEqual([0, 9000])
    const { times, events } = await attempts({}, refuse('3600'))
    expect(times).toEqual([0])
    expect(events).toMatchObject([{ type: 'suppressed', reason: 'pushback', attempt: 1 }])
  })

  it('obeys gRPC pushback: a number is the wait, anything else means never', async () => {
    const grpc = (value: string) => () => Promise.reject(Object.assign(new Error('unavailable'), { metadata: { get: (name: string) => (name === 'grpc-retry-pushback-ms' ? [value] : []) } }))
    expect((await attempts({ retries: 1 }, grpc('25'))).times).toEqual([0, 25])
    expect((await attempts({}, grpc('-1'))).times).toEqual([0])
  })

  it('does not wait for a try that could not end before the deadline', async () => {
    const { times, events } = await attempts({ baseMs: 100, attemptMs: 50 }, down, { deadlineMs: 350 })
    expect(times).toEqual([0, 100])
    expect(events.at(-1)).toMatchObject({ type: 'suppressed', reason: 'deadline' })
  })

  it('spends what its budget holds, and then stops trying', async () => {
    const clock = manualClock()
    const budget = createBudget({ ratio: 0.5, reservePerSecond: 0, clock })
    const policy = retry({ retries: 5, baseMs: 0, budget, clock })
    let called = 0
    for (let i = 0; i < 100; i++) {
      const running = policy.run(() => (called++, down())).catch(() => {})
      await clock.advance(0)
      await running
    }
    expect(called).toBe(150)
  })

  it('pays into a budget once for a call, however many policies share it', async () => {
    const clock = manualClock()
    const budget = createBudget({ ratio: 1, reservePerSecond: 0, clock })
    await compose(retry({ budget, clock }), retry({ budget, clock })).run(() => 1)
    expect(budget.balance).toBe(1)
  })

  it('limits all attempts with a timeout outside, and each with one inside', async () => {
    const clock = manualClock()
    const policy = compose(timeout(250, { clock }), retry({ baseMs: 0, retries: 9, clock }), timeout(100, { clock }))
    let called = 0
    const running = policy.run(() => (called++, new Promise(() => {}))).catch((error: unknown) => error)
    await clock.advance(1000)
    expect(await running).toMatchObject({ code: 'timeout', timeoutMs: 250 })
    expect(called).toBe(3)
  })

  it('leaves no listener and no timer behind, however it ends', async () => {
    const clock = manualClock()
    const { controller, signal, listeners } = countingSignal()
    const policy = retry({ clock })
    await policy.run(() => 1, { signal })
    const waiting = policy.run(down, { signal }).catch((error: unknown) => error)
    await clock.advance(0)
    controller.abort('enough')
    expect(await waiting).toBe('enough')
    expect([listeners(), clock.pending]).toEqual([0, 0])
  })

  it('rejects with the reason of an abort even when the call succeeds after it', async () => {
    const late = pending()
    const controller = new AbortController()
    const running = retry().run(late.call, controller)
    controller.abort('enough')
    late.resolve('well')
    await expect(running).rejects.toBe('enough')
  })

  it('refuses options that make no sense', () => {
    expect(() => retry({ retries: -1 })).toThrow(/retry: retries must be a whole number, 0 or more; got -1/)
    expect(() => retry({ retries: 1.5 })).toThrow(RangeError)
    expect(() => retry({ jitter: 'some' as never })).toThrow(/one of full, decorrelated, none; got some/)
    expect(() => retry({ delay: 5 } as never)).toThrow(/unknown option "delay"/)
  })
})

describe('backoff', () => {
  it('stays between nothing and its bound, for any number of retries', () => {
    fc.assert(fc.property(
      fc.constantFrom('full' as const, 'decorrelated' as const, 'none' as const), fc.integer({ min: 1, max: 5000 }), fc.nat(100_000), fc.nat(10_000), fc.nat(100_000), fc.double({ min: 0, max: 0.999, noNaN: true }),
      (jitter, retry, previous, base, max, chance) => {
        const wait = backoff(jitter, retry, previous, base, max, () => chance)
        expect(wait).toBeGreaterThanOrEqual(0)
        expect(wait).toBeLessThanOrEqual(max)
      },
    ))
  })
})

describe('pushback', () => {
  it('is read from plain header objects, from errors that say it themselves, and from nothing else', () => {
    expect(pushback({ ok: true, value: { headers: { 'retry-after': 3 } } }, 0)).toBe(3000)
    expect(pushback({ ok: true, value: new Response(null, { status: 503, headers: { 'retry-after': '2' } }) }, 0)).toBe(2000)
    expect(pushback({ ok: false, error: { retryAfterMs: 40 } }, 0)).toBe(40)
    for (const value of [undefined, null, 5, 'text', {}, { headers: null }, { headers: { 'retry-after': 'soon' } }, { metadata: {} }, { retryAfterMs: NaN }]) {
      expect(pushback({ ok: true, value }, 0)).toBeUndefined()
    }
  })
})
