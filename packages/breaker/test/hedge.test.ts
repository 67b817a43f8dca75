import { describe, expect, it } from 'vitest'
import { bulkhead, compose, createBudget, hedge, retry } from '@distrokit/breaker'
import type { HedgeEvent, HedgeOptions } from '@distrokit/breaker'
import { manualClock } from '@distrokit/breaker/testing'
import { Histogram } from '../src/core/histogram.ts'
import { countingSignal, pending } from './world.ts'

function setUp(options: HedgeOptions = {}) {
  const clock = manualClock()
  const policy = hedge({ afterMs: 100, budget: createBudget({ ratio: 1, clock }), clock, ...options })
  const events: HedgeEvent[] = []
  policy.onEvent((event) => events.push(event))
  return { clock, policy, events }
}

describe('hedge', () => {
  it('sends a slow call again and takes whichever answers first, aborting the other', async () => {
    const { clock, policy, events } = setUp()
    const answers = [pending(), pending()]
    const signals: AbortSignal[] = []
    const running = policy.run(({ attempt, signal }) => (signals.push(signal), answers[attempt - 1]?.call() as Promise<string>))
    await clock.advance(99)
    expect(signals).toHaveLength(1)
    await clock.advance(1)
    expect(signals).toHaveLength(2)
    answers[1]?.resolve('second')
    expect(await running).toBe('second')
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    expect(signals[0]?.reason).toMatchObject({ name: 'AbortError' })
    expect(events).toEqual([{ type: 'hedge', attempt: 2, afterMs: 100 }, { type: 'won', attempt: 2 }])
    expect(clock.pending).toBe(0)
  })

  it('sends nothing twice that is answered in time', async () => {
    const { clock, policy, events } = setUp()
    expect(await policy.run(() => 1)).toBe(1)
    await clock.advance(1000)
    expect([events, clock.pending]).toEqual([[], 0])
  })

  it('learns when a call is slow from those before it', async () => {
    const { clock, policy } = setUp({ min: 20, quantile: 0.9, afterMs: 1000 })
    for (let i = 1; i <= 20; i++) {
      const answer = pending()
      const running = policy.run(answer.call)
      await clock.advance(i <= 18 ? 200 : 400)
      answer.resolve('well')
      await running
    }
    expect(policy.delayMs).toBeGreaterThanOrEqual(200)
    expect(policy.delayMs).toBeLessThan(200 * 1.1)
  })

  it('does not forget what slow is because slow calls lose, nor wait for ever when many of them hang', async () => {
    const { clock, policy } = setUp({ min: 1, quantile: 0.9 })
    const hanging = async (): Promise<void> => {
      const running = policy.run(({ attempt }) => (attempt === 1 ? new Promise(() => {}) : 'fast'))
      await clock.advance(policy.delayMs)
      expect(await running).toBe('fast')
    }
    for (let i = 0; i < 5; i++) await hanging()
    expect(policy.delayMs).toBeGreaterThanOrEqual(100)
    for (let i = 0; i < 100; i++) await hanging()
    expect(policy.delayMs).toBeLessThanOrEqual(1000)
  })

  it('gives a failure before the delay back at once, and waits for the other attempt after one that comes later', async () => {
    const { clock, policy } = setUp()
    await expect(policy.run(() => Promise.reject(new Error('down')))).rejects.toThrow('down')
    const answers = [pending(), pending()]
    const running = policy.run(({ attempt }) => answers[attempt - 1]?.call() as Promise<string>)
    await clock.advance(100)
    answers[0]?.reject(new Error('down'))
    await clock.advance(0)
    answers[1]?.resolve('second')
    expect(await running).toBe('second')
  })

  it('rejects with the last error when every attempt fails', async () => {
    const { clock, policy } = setUp()
    const answers = [pending(), pending()]
    const running = policy.run(({ attempt }) => answers[attempt - 1]?.call() as Promise<string>).catch((error: unknown) => error)
    await clock.advance(100)
    answers[0]?.reject(new Error('first'))
    answers[1]?.reject(new Error('second'))
    expect(await running).toEqual(new Error('second'))
  })

  it('is paid from the budget that retries use, with one deposit for each call', async () => {
    const clock = manualClock()
    const budget = createBudget({ ratio: 0.5, reservePerSecond: 0, clock })
    const policy = compose(retry({ retries: 3, baseMs: 0, budget, clock }), hedge({ afterMs: 10, budget, clock }))
    let attempts = 0
    for (let i = 0; i < 10; i++) {
      const running = policy.run(() => (attempts++, new Promise((_, reject) => clock.after(20, () => reject(new Error('down')))))).catch(() => {})
      await clock.advance(100)
      await running
    }
    expect(attempts).toBe(15)
  })

  it('sends nothing again when the budget is spent or the deadline has come', async () => {
    const { clock, policy, events } = setUp({ budget: createBudget({ ratio: 0, reservePerSecond: 0 }) })
    void policy.run(() => new Promise(() => {}))
    await clock.advance(100)
    expect(events).toEqual([{ type: 'suppressed', attempt: 2, reason: 'budget' }])
    const other = setUp()
    void other.policy.run(() => new Promise(() => {}), { deadlineMs: 100 })
    await other.clock.advance(100)
    expect(other.events).toEqual([{ type: 'suppressed', attempt: 2, reason: 'deadline' }])
  })

  it('gives up with the caller, aborts every attempt, and leaves neither listener nor timer', async () => {
    const { clock, policy } = setUp({ hedges: 2 })
    const { controller, signal, listeners } = countingSignal()
    const seen: AbortSignal[] = []
    const running = policy.run((context) => (seen.push(context.signal), new Promise(() => {})), { signal }).catch((error: unknown) => error)
    await clock.advance(100)
    controller.abort('enough')
    expect(await running).toBe('enough')
    expect(seen.map(({ reason }) => reason)).toEqual(['enough', 'enough'])
    expect([listeners(), clock.pending]).toEqual([0, 0])
  })

  it('lets a bulkhead around it count the losers until they have ended', async () => {
    const { clock, policy } = setUp()
    const limit = bulkhead({ limit: 5, clock })
    const slow = pending()
    const running = compose(limit, policy).run(({ attempt }) => (attempt === 1 ? slow.call() : 'fast'))
    await clock.advance(100)
    expect(await running).toBe('fast')
    expect(limit.active).toBe(1)
    slow.resolve('at last')
    await clock.advance(0)
    expect(limit.active).toBe(0)
  })
})

describe('the histogram of durations', () => {
  it('finds quantiles within nine percent, whatever the scale', () => {
    for (const scale of [1, 10, 1000]) {
      const histogram = new Histogram()
      for (let i = 1; i <= 500; i++) histogram.add(i * scale / 10)
      for (const share of [0.5, 0.9, 0.99]) {
        const exact = Math.ceil(share * 500) * scale / 10
        expect(histogram.quantile(share)).toBeGreaterThanOrEqual(exact * 0.999)
        expect(histogram.quantile(share)).toBeLessThan(exact * 1.0906)
      }
    }
  })

  it('takes anything without growing, and lets the past fade', () => {
    const histogram = new Histogram()
    for (const ms of [0, 1e-9, 1e12]) histogram.add(ms)
    expect(histogram.quantile(1)).toBeGreaterThan(100_000)
    for (let i = 0; i < 1000; i++) histogram.add(1000)
    for (let i = 0; i < 2000; i++) histogram.add(1)
    expect(histogram.quantile(0.8)).toBeLessThan(1.1)
    expect(new Histogram().quantile(0.5)).toBe(0)
  })
})
