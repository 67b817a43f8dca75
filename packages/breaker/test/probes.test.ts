// The weaknesses that were measured in the breakers in use today, one by one, and that ours does not share them.
import { afterEach, describe, expect, it, vi } from 'vitest'
import { bulkhead, compose, consecutive, createBreaker, failureCount, failureRate, isolate, retry, snapshot, timeout } from '@distrokit/breaker'
import { manualClock } from '@distrokit/breaker/testing'
import { fail, failTimes, pending, setUp, succeed } from './world.ts'

afterEach(() => vi.restoreAllMocks())

describe('results of an earlier state', () => {
  it('P1: a failure from before the opening that arrives during a healthy probe does not reopen', async () => {
    const { breaker, clock } = setUp()
    const old = pending()
    const early = breaker.run(old.call).catch(() => {})
    await failTimes(breaker, 3)
    await clock.advance(1000)
    const probe = pending()
    const probing = breaker.run(probe.call)
    old.reject(new Error('late'))
    await early
    expect(breaker.state).toBe('half-open')
    probe.resolve('well')
    await probing
    expect(breaker.state).toBe('closed')
  })

  it('P2: a success from before the opening that arrives during the probe does not close', async () => {
    const { breaker, clock } = setUp()
    const old = pending()
    const early = breaker.run(old.call)
    await failTimes(breaker, 3)
    await clock.advance(1000)
    const probe = pending()
    const probing = breaker.run(probe.call).catch(() => {})
    old.resolve('late')
    await early
    expect(breaker.state).toBe('half-open')
    probe.reject(new Error('still down'))
    await probing
    expect(breaker.state).toBe('open')
  })
})

describe('time', () => {
  it('P3: an hour of silence empties the window', async () => {
    const { breaker, clock } = setUp({ trip: failureRate({ windowMs: 5000, ratio: 0.5, min: 81 }) })
    await failTimes(breaker, 80)
    await clock.advance(3_600_000)
    await fail(breaker)
    expect(breaker.state).toBe('closed')
  })

  it('P5: a snapshot says how long the opening has still to last, not when the breaker was made', async () => {
    const { breaker, clock } = setUp()
    await clock.advance(60_000)
    await failTimes(breaker, 3)
    await clock.advance(400)
    expect(snapshot(breaker)).toMatchObject({ state: 'open', retryAfterMs: 600, at: clock.now() })
  })

  it('P15: a wall clock that steps back while open does not keep it open', async () => {
    const { breaker, clock } = setUp()
    await failTimes(breaker, 3)
    clock.set(clock.now() - 3_600_000)
    await clock.advance(1000)
    expect(await succeed(breaker)).toBe('answer')
    expect(breaker.state).toBe('closed')
  })

  it('P21: after the wall clock stepped back, a failure a minute stays a failure a minute', async () => {
    const { breaker, clock } = setUp({ trip: failureRate({ windowMs: 5000, ratio: 0.5, min: 2 }) })
    clock.set(clock.now() - 3_600_000)
    for (let minute = 0; minute < 60; minute++) {
      await fail(breaker)
      await clock.advance(60_000)
    }
    expect(breaker.state).toBe('closed')
  })
})

describe('what counts', () => {
  it('P4: a call that returns undefined is a success', async () => {
    const { breaker, events } = setUp()
    expect(await breaker.run(() => undefined)).toBeUndefined()
    expect(events).toMatchObject([{ type: 'outcome', verdict: 'ok' }])
  })

  it('P6: refusals of a bulkhead inside do not open', async () => {
    const { breaker } = setUp()
    const policy = compose(breaker, bulkhead({ limit: 1 }))
    const slow = pending()
    const running = policy.run(slow.call)
    for (let i = 0; i < 5; i++) await expect(policy.run(() => 1)).rejects.toMatchObject({ code: 'full' })
    expect(breaker.state).toBe('closed')
    slow.resolve('well')
    expect(await running).toBe('well')
  })

  it('P7: outcomes that say nothing about the target do not dilute the rate', async () => {
    const { breaker } = setUp({
      trip: failureCount({ size: 20, ratio: 0.5, min: 10 }),
      judge: (outcome) => (outcome.ok && outcome.value === 'cached' ? 'ignore' : undefined),
    })
    for (let i = 0; i < 19; i++) await breaker.run(() => 'cached')
    await succeed(breaker)
    await failTimes(breaker, 10)
    expect(breaker.state).toBe('open')
  })

  it('P13: calls that their own callers cancelled do not open', async () => {
    const { breaker } = setUp()
    for (let i = 0; i < 5; i++) {
      const controller = new AbortController()
      const running = breaker.run(({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))), controller)
      controller.abort(new Error('tab closed'))
      await expect(running).rejects.toThrow('tab closed')
    }
    expect(breaker.state).toBe('closed')
  })

  it('P14: a listener that throws changes neither a success nor an error', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { breaker } = setUp()
    breaker.onEvent(() => {
      throw new Error('listener')
    })
    expect(await succeed(breaker)).toBe('answer')
    expect(await fail(breaker)).toEqual(new Error('down'))
    expect(log).toHaveBeenCalledTimes(2)
  })

  it('P19: a call may return a plain value', async () => {
    expect(await setUp().breaker.run(() => 7)).toBe(7)
  })
})

describe('half-open', () => {
  it('P8: a probe that never settles gives its place to another after its lease', async () => {
    const { breaker, clock } = setUp({ probeMs: 500 })
    await failTimes(breaker, 3)
    await clock.advance(1000)
    void breaker.run(() => new Promise(() => {}))
    await clock.advance(499)
    await expect(succeed(breaker)).rejects.toMatchObject({ reason: 'half-open', retryAfterMs: 1 })
    await clock.advance(1)
    await succeed(breaker)
    expect(breaker.state).toBe('closed')
  })

  it('P9: a thousand calls beside a probe that never settles are refused at once, and none waits', async () => {
    const { breaker, clock } = setUp()
    await failTimes(breaker, 3)
    await clock.advance(1000)
    void breaker.run(() => new Promise(() => {}))
    const results = await Promise.allSettled(Array.from({ length: 1000 }, () => succeed(breaker)))
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1000)
  })

  it('P10: a thousand concurrent calls after the wait become one, and a ramp keeps a herd from following it', async () => {
    const { breaker, clock } = setUp({ rampMs: 1000 })
    await failTimes(breaker, 3)
    await clock.advance(1000)
    let called = 0
    const herd = () => Promise.allSettled(Array.from({ length: 1000 }, () => breaker.run(async () => void called++)))
    await herd()
    expect(called).toBe(1)
    expect(breaker.state).toBe('closed')
    await herd()
    expect(called).toBeLessThan(1 + 110)
  })
})

describe('waiting', () => {
  it('P11: a queued call whose caller gives up leaves at once', async () => {
    const policy = bulkhead({ limit: 1, queue: 1 })
    void policy.run(() => new Promise(() => {}))
    const controller = new AbortController()
    const queued = policy.run(() => 1, controller)
    controller.abort(new Error('enough'))
    await expect(queued).rejects.toThrow('enough')
    expect(policy.queued).toBe(0)
  })

  it('P12: an abort in the middle of a backoff ends the retry at once, without another call', async () => {
    const clock = manualClock()
    const controller = new AbortController()
    let called = 0
    const running = retry({ baseMs: 300, jitter: 'none', clock }).run(() => {
      called++
      throw new Error('down')
    }, controller)
    const ended = expect(running).rejects.toThrow('enough')
    await clock.advance(20)
    controller.abort(new Error('enough'))
    await ended
    await clock.advance(10_000)
    expect(called).toBe(1)
    expect(clock.pending).toBe(0)
  })
})

describe('neighbours', () => {
  it('P16: a timeout aborts its own call and no other', async () => {
    const clock = manualClock()
    const policy = compose(createBreaker({ clock }), timeout(100, { clock }))
    const signals: AbortSignal[] = []
    const slow = policy.run(({ signal }) => new Promise(() => signals.push(signal))).catch((error: unknown) => error)
    await clock.advance(50)
    const healthy = pending()
    const running = policy.run(({ signal }) => (signals.push(signal), healthy.call()))
    await clock.advance(50)
    expect(await slow).toMatchObject({ code: 'timeout' })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    healthy.resolve('well')
    expect(await running).toBe('well')
  })

  it('P17: the options object is read and left as it was', () => {
    const options = Object.freeze({ openMs: 10, trip: Object.freeze(consecutive(1)) })
    createBreaker(options)
    expect(Object.keys(options)).toEqual(['openMs', 'trip'])
  })

  it('P18: a call that timed out but still runs keeps its place, so real concurrency stays within the limit', async () => {
    const clock = manualClock()
    const limit = bulkhead({ limit: 1, clock })
    const policy = compose(limit, timeout(100, { clock }))
    const deaf = pending()
    const timedOut = policy.run(deaf.call).catch((error: unknown) => error)
    await clock.advance(100)
    expect(await timedOut).toMatchObject({ code: 'timeout' })
    await expect(policy.run(() => 1)).rejects.toMatchObject({ code: 'full' })
    deaf.resolve('at last')
    await clock.advance(0)
    expect(limit.active).toBe(0)
    expect(await policy.run(() => 1)).toBe(1)
  })

  it('P20: releasing an isolation brings back the open state that lay beneath', async () => {
    const { breaker, transitions } = setUp()
    await failTimes(breaker, 3)
    isolate(breaker)[Symbol.dispose]()
    expect(breaker.state).toBe('open')
    expect(transitions()).toEqual(['closed → open', 'open → isolated', 'isolated → open'])
  })
})
