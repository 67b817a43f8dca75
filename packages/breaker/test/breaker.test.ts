import { afterEach, describe, expect, it, vi } from 'vitest'
import { anyOf, compose, consecutive, createBreaker, explain, failureCount, isolate, OpenError, RefusedError, reset, restore, slowRate, snapshot, timeout } from '@distrokit/breaker'
import type { Outcome, Window } from '@distrokit/breaker'
import { manualClock } from '@distrokit/breaker/testing'
import { fail, failTimes, pending, setUp, succeed } from './world.ts'

afterEach(() => vi.restoreAllMocks())

describe('a breaker', () => {
  it('hands results and errors through as they are', async () => {
    const { breaker } = setUp()
    const error = new Error('down')
    expect(await succeed(breaker)).toBe('answer')
    expect(await fail(breaker, error)).toBe(error)
    expect(await fail(breaker, 'not even an error')).toBe('not even an error')
  })

  it('opens, waits, probes and closes, and tells each step once', async () => {
    const { breaker, clock, transitions } = setUp()
    await failTimes(breaker, 3)
    expect(breaker.state).toBe('open')
    expect(breaker.retryAfterMs).toBe(1000)
    await expect(succeed(breaker)).rejects.toMatchObject({ code: 'open', reason: 'open', retryAfterMs: 1000, cause: new Error('down') })
    await clock.advance(999)
    await expect(succeed(breaker)).rejects.toBeInstanceOf(OpenError)
    await clock.advance(1)
    expect(await succeed(breaker)).toBe('answer')
    expect(transitions()).toEqual(['closed → open', 'open → half-open', 'half-open → closed'])
  })

  it('starts no timer, whatever happens', async () => {
    const { breaker, clock } = setUp({ rampMs: 100 })
    await failTimes(breaker, 3)
    await clock.advance(1000)
    await succeed(breaker)
    expect(clock.pending).toBe(0)
  })

  it('looks at the first of several rules that says so', async () => {
    const { breaker, events } = setUp({ trip: anyOf(consecutive(5), failureCount({ size: 4, ratio: 0.5 })) })
    await failTimes(breaker, 4)
    expect(explain(breaker).rule).toBe('failureCount(0.5 of 4)')
    expect(events.slice(-2)).toMatchObject([{ type: 'transition', reason: '4 of the last 4 calls failed' }, { type: 'outcome', verdict: 'fail' }])
  })

  it('names the first of several rules that speak at once', async () => {
    const { breaker } = setUp({ trip: anyOf(consecutive(2), failureCount({ size: 2 })) })
    await failTimes(breaker, 2)
    expect(explain(breaker)).toMatchObject({ rule: 'consecutive(2)', reason: '2 failures in a row' })
  })

  it('names the innermost of nested rules', async () => {
    const { breaker } = setUp({ trip: anyOf(consecutive(9), anyOf(consecutive(8), consecutive(2))) })
    await failTimes(breaker, 2)
    expect(explain(breaker)).toMatchObject({ rule: 'consecutive(2)', reason: '2 failures in a row' })
  })

  it('gives each breaker a window of its own, also from one rule', async () => {
    const trip = consecutive(2)
    const first = createBreaker({ trip })
    const second = createBreaker({ trip })
    await fail(first)
    await fail(second)
    expect([first.state, second.state]).toEqual(['closed', 'closed'])
  })

  it('opens on slow successes when told to', async () => {
    const { breaker, clock } = setUp({ trip: slowRate({ slowerThanMs: 100, ratio: 1, min: 2 }) })
    for (let i = 0; i < 2; i++) {
      const slow = pending()
      const running = breaker.run(slow.call)
      await clock.advance(101)
      slow.resolve('late')
      await running
    }
    expect(explain(breaker)).toMatchObject({ state: 'open', reason: '2 of 2 calls took longer than 100 ms', errors: [] })
  })

  it('judges results as well as errors', async () => {
    const judge = (outcome: Outcome) => (outcome.ok && (outcome.value as { status: number }).status >= 500 ? 'fail' as const : undefined)
    const { breaker } = setUp({ judge })
    for (let i = 0; i < 3; i++) expect(await breaker.run(() => ({ status: 503 }))).toEqual({ status: 503 })
    expect(breaker.state).toBe('open')
  })

  it('counts running out of time as a failure, although an abort ended the call', async () => {
    const clock = manualClock()
    const breaker = createBreaker({ trip: consecutive(1), clock })
    const policy = compose(timeout(100, { clock }), breaker)
    const running = policy.run(({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))).catch(() => {})
    await clock.advance(100)
    await running
    expect(breaker.state).toBe('open')
  })

  it('ignores a refusal, also one of another copy of this package', async () => {
    const { breaker } = setUp({ trip: consecutive(1) })
    await fail(breaker, new RefusedError('full'))
    await fail(breaker, Object.assign(new Error('full'), { [Symbol.for('distrokit.refused')]: true }))
    expect(breaker.state).toBe('closed')
  })

  it('counts what a remote side says of its own refusals, once it has been made an error here', async () => {
    const { breaker } = setUp({ trip: consecutive(1) })
    const remote = JSON.parse(JSON.stringify({ ...new RefusedError('full'), message: 'full' })) as object
    await fail(breaker, Object.assign(new Error('full'), remote))
    expect(breaker.state).toBe('open')
  })

  it('counts what is thrown and is no object', async () => {
    const { breaker } = setUp({ trip: consecutive(2) })
    await fail(breaker, null)
    await fail(breaker, 'no')
    expect(breaker.state).toBe('open')
  })

  it('makes no call for a caller who has already given up', async () => {
    const { breaker, events } = setUp()
    let called = 0
    await expect(breaker.run(() => called++, { signal: AbortSignal.abort('gone') })).rejects.toBe('gone')
    expect([called, events]).toEqual([0, []])
  })

  it('passes the very signal on, and one of its own when there is none', async () => {
    const { breaker } = setUp()
    const { signal } = new AbortController()
    expect(await breaker.run((context) => context.signal, { signal })).toBe(signal)
    expect(await breaker.run((context) => context.signal === context.signal && !context.signal.aborted)).toBe(true)
  })
})

describe('half-open', () => {
  it('lets exactly the configured number of probes out, also when all come in one tick', async () => {
    const { breaker, clock } = setUp({ probes: 3 })
    await failTimes(breaker, 3)
    await clock.advance(1000)
    let called = 0
    const results = await Promise.allSettled(Array.from({ length: 100 }, () => breaker.run(() => (called++, new Promise<void>(() => {})))).slice(3))
    expect(called).toBe(3)
    expect(results.every(({ status }) => status === 'rejected')).toBe(true)
  })

  it('closes as soon as the remaining probes cannot change the result', async () => {
    const { breaker, clock } = setUp({ probes: 5, tolerate: 0.4 })
    await failTimes(breaker, 3)
    await clock.advance(1000)
    await failTimes(breaker, 2)
    await succeed(breaker)
    await succeed(breaker)
    expect(breaker.state).toBe('half-open')
    await succeed(breaker)
    expect(breaker.state).toBe('closed')
  })

  it('opens again with the first failure beyond the tolerance, for twice as long, up to three times as long', async () => {
    const { breaker, clock } = setUp()
    await failTimes(breaker, 3)
    const waits: number[] = []
    for (let i = 0; i < 6; i++) {
      waits.push(breaker.retryAfterMs)
      await clock.advance(breaker.retryAfterMs)
      await fail(breaker)
    }
    expect(waits).toEqual([1000, 2000, 3000, 3000, 3000, 3000])
    await clock.advance(3000)
    await succeed(breaker)
    await failTimes(breaker, 3)
    expect(breaker.retryAfterMs).toBe(1000)
  })

  it('counts the late answer of a probe that lost its place, as long as nothing was decided', async () => {
    const { breaker, clock } = setUp({ probeMs: 100 })
    await failTimes(breaker, 3)
    await clock.advance(1000)
    const probe = pending()
    const probing = breaker.run(probe.call)
    await clock.advance(500)
    probe.resolve('late but well')
    await probing
    expect(breaker.state).toBe('closed')
  })
})

describe('the time it stays open', () => {
  it('is lengthened by chance, never shortened', async () => {
    const { breaker } = setUp({ jitter: 0.5, random: () => 0.5 })
    await failTimes(breaker, 3)
    expect(breaker.retryAfterMs).toBe(1250)
  })

  it('may be a function of the openings in a row', async () => {
    const { breaker, clock } = setUp({ openMs: (openings) => openings * 7 })
    await failTimes(breaker, 3)
    expect(breaker.retryAfterMs).toBe(7)
    await clock.advance(7)
    await fail(breaker)
    expect(breaker.retryAfterMs).toBe(14)
  })

  it('falls back on the default when that function throws or gives nonsense', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    for (const openMs of [() => NaN, () => -1, () => Infinity, () => { throw new Error('bug') }]) {
      const { breaker } = setUp({ openMs })
      await failTimes(breaker, 3)
      expect(breaker.retryAfterMs).toBe(1000)
    }
    expect(log).toHaveBeenCalledOnce()
  })
})

describe('a ramp', () => {
  it('lets a growing share of the calls through after closing, and all of them in the end', async () => {
    const { breaker, clock } = setUp({ rampMs: 1000 })
    await failTimes(breaker, 3)
    await clock.advance(1000)
    await succeed(breaker)
    const shares: number[] = []
    for (let tenth = 0; tenth < 11; tenth++) {
      let through = 0
      for (let i = 0; i < 100; i++) await succeed(breaker).then(() => through++, (error: OpenError) => expect(error.reason).toBe('ramp'))
      shares.push(through)
      await clock.advance(100)
    }
    expect(shares[0]).toBeGreaterThanOrEqual(9)
    expect(shares[0]).toBeLessThanOrEqual(11)
    expect(shares.at(-1)).toBe(100)
    for (let i = 1; i < shares.length; i++) expect(shares[i]).toBeGreaterThan((shares[i - 1] as number) - 1)
  })

  it('is over at once after a reset', async () => {
    const { breaker, clock } = setUp({ rampMs: 1000 })
    await failTimes(breaker, 3)
    await clock.advance(1000)
    await succeed(breaker)
    reset(breaker)
    for (let i = 0; i < 10; i++) await succeed(breaker)
  })
})

describe('a rule of one\'s own', () => {
  it('that has no use for the clock is never told of a duration below 0, also in a ramp', async () => {
    const durations: number[] = []
    const start = (): Window => ({ name: 'own', record: (failed, _, durationMs) => (durations.push(durationMs), failed), describe: () => 'failed' })
    const clock = manualClock()
    const breaker = createBreaker({ trip: { start }, rampMs: 1000, clock })
    await fail(breaker)
    await clock.advance(1200)
    await succeed(breaker)
    await clock.advance(900)
    for (let i = 0; i < 10; i++) await succeed(breaker).catch(() => {})
    expect(durations.length).toBeGreaterThan(5)
    expect(durations.every((ms) => ms === 0)).toBe(true)
  })
})

describe('a permit', () => {
  it('is settled once: what comes later changes nothing', () => {
    const { breaker } = setUp({ trip: consecutive(2) })
    const permit = breaker.enter()
    permit.ok()
    permit.fail()
    permit[Symbol.dispose]()
    breaker.enter().fail()
    expect(breaker.state).toBe('closed')
    breaker.enter().fail()
    expect(breaker.state).toBe('open')
  })

  it('that is disposed of gives the place of a probe back', async () => {
    const { breaker, clock } = setUp()
    await failTimes(breaker, 3)
    await clock.advance(1000)
    breaker.enter()[Symbol.dispose]()
    breaker.enter().ok()
    expect(breaker.state).toBe('closed')
  })

  it('is refused with an error that has no stack trace, unless one is asked for', async () => {
    const { breaker } = setUp()
    await failTimes(breaker, 3)
    expect.assertions(3)
    const frames = Error.stackTraceLimit
    for (const stackTraceLimit of [0, 10]) {
      RefusedError.stackTraceLimit = stackTraceLimit
      try {
        breaker.enter()
      } catch (error) {
        expect((error as Error).stack?.includes('\n    at ')).toBe(stackTraceLimit > 0)
      }
    }
    RefusedError.stackTraceLimit = 0
    expect(Error.stackTraceLimit).toBe(frames)
  })
})

describe('isolation', () => {
  it('lasts until every holder has let go, each once', async () => {
    const { breaker } = setUp()
    const [first, second] = [isolate(breaker), isolate(breaker)]
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    expect(breaker.state).toBe('isolated')
    await expect(succeed(breaker)).rejects.toMatchObject({ reason: 'isolated', retryAfterMs: 0 })
    second[Symbol.dispose]()
    expect(await succeed(breaker)).toBe('answer')
  })
})

describe('reset', () => {
  it('closes, forgets what was counted, and what is still on its way', async () => {
    const { breaker } = setUp()
    await failTimes(breaker, 2)
    const late = pending()
    const running = breaker.run(late.call).catch(() => {})
    reset(breaker)
    late.reject(new Error('from before'))
    await running
    await failTimes(breaker, 2)
    expect(breaker.state).toBe('closed')
    expect(explain(breaker).errors).toHaveLength(2)
  })
})

describe('watching only', () => {
  it('refuses nothing, and tells what would have been refused', async () => {
    const { breaker, events, transitions, clock } = setUp({ enforce: false })
    await failTimes(breaker, 3)
    expect(breaker.state).toBe('open')
    expect(await succeed(breaker)).toBe('answer')
    expect(events).toContainEqual(expect.objectContaining({ type: 'refused', enforced: false }))
    await clock.advance(1000)
    await succeed(breaker)
    expect(transitions()).toEqual(['closed → open', 'open → half-open', 'half-open → closed'])
  })
})

describe('what is let through only because nobody is refused', () => {
  it('never counts: neither while open, nor beside the probes', async () => {
    const { breaker, clock, transitions } = setUp({ enforce: false })
    await failTimes(breaker, 3)
    await clock.advance(500)
    await failTimes(breaker, 10)
    expect([breaker.retryAfterMs, explain(breaker).openings, explain(breaker).errors.length]).toEqual([500, 1, 3])
    await clock.advance(500)
    const probe = pending()
    const probing = breaker.run(probe.call)
    await succeed(breaker)
    await failTimes(breaker, 5)
    expect(breaker.state).toBe('half-open')
    probe.resolve('well')
    await probing
    expect(transitions()).toEqual(['closed → open', 'open → half-open', 'half-open → closed'])
  })
})

describe('snapshot and restore', () => {
  it('go on where the other process stopped, with the time between them taken off', async () => {
    const { breaker, clock } = setUp()
    await failTimes(breaker, 3)
    await clock.advance(300)
    const saved = JSON.parse(JSON.stringify(snapshot(breaker)))
    const later = manualClock(clock.now() + 200)
    const other = restore(createBreaker({ openMs: 1000, jitter: 0, clock: later, name: 'other' }), saved)
    expect([other.state, other.retryAfterMs]).toEqual(['open', 500])
    await later.advance(500)
    await fail(other)
    expect(other.retryAfterMs).toBe(2000)
  })

  it('never wait longer than was left, nor less than nothing, however the wall clock was set', async () => {
    const { breaker, clock } = setUp()
    await failTimes(breaker, 3)
    const saved = snapshot(breaker)
    for (const [start, left] of [[clock.now() - 3_600_000, 1000], [clock.now() + 3_600_000, 0]] as const) {
      expect(restore(createBreaker({ clock: manualClock(start) }), saved).retryAfterMs).toBe(left)
    }
  })

  it('take a half-open breaker up as one whose next call is a probe', async () => {
    const { breaker, clock } = setUp()
    await failTimes(breaker, 3)
    await clock.advance(1000)
    breaker.enter()
    const other = restore(createBreaker({ clock }), snapshot(breaker))
    other.enter().ok()
    expect(other.state).toBe('closed')
  })

  it('refuse what is no snapshot', () => {
    const breaker = createBreaker()
    for (const saved of [{}, { version: 2 }, { version: 1, openings: -1, retryAfterMs: 0, at: 0 }, { version: 1, openings: 1, retryAfterMs: null, at: 0 }]) {
      expect(() => restore(breaker, saved as never)).toThrow(/snapshot of version 1/)
      expect(breaker.state).toBe('closed')
    }
  })
})

describe('re-entrance', () => {
  it('a listener that resets it in the middle of an admission leaves it sound', async () => {
    const { breaker, clock } = setUp()
    breaker.onEvent((event) => {
      if (event.type === 'transition' && event.to === 'half-open') reset(breaker)
    })
    await failTimes(breaker, 3)
    await clock.advance(1000)
    expect(await succeed(breaker)).toBe('answer')
    expect(breaker.state).toBe('closed')
    await failTimes(breaker, 3)
    expect(breaker.state).toBe('open')
  })
})

describe('explain', () => {
  it('finds words for errors that have none', async () => {
    const { breaker } = setUp()
    for (const error of [Object.create(null), undefined, Symbol('odd'), { toString: () => { throw new Error('no') } }]) {
      await fail(breaker, error)
      expect(explain(breaker).text).toContain('Last error: ')
      reset(breaker)
    }
  })

  it('says why it is open, by which rule, with the last errors and the time of the next probe', async () => {
    const { breaker, clock } = setUp({ name: 'payments' })
    expect(explain(breaker).text).toBe('Breaker "payments" is closed.')
    for (const message of ['one', 'two', 'three', 'four']) await fail(breaker, new Error(message))
    await clock.advance(250)
    expect(explain(breaker)).toEqual({
      state: 'open',
      text: 'Breaker "payments" is open: 3 failures in a row (consecutive(3)). Last error: Error: three. The next probe may go in 750 ms.',
      rule: 'consecutive(3)',
      reason: '3 failures in a row',
      errors: [new Error('one'), new Error('two'), new Error('three')],
      openings: 1,
      retryAfterMs: 750,
    })
  })
})

describe('listening', () => {
  it('ends with the handle, and for everyone when the breaker is disposed of', async () => {
    const { breaker, events } = setUp()
    let heard = 0
    const handle = breaker.onEvent(() => heard++)
    await succeed(breaker)
    handle[Symbol.dispose]()
    await succeed(breaker)
    expect([heard, events.length]).toEqual([1, 2])
    breaker[Symbol.dispose]()
    await succeed(breaker)
    expect(events.length).toBe(2)
  })

  it('sees the new state already when it hears of it', async () => {
    const { breaker } = setUp()
    const states: string[] = []
    breaker.onEvent((event) => states.push(`${event.type} ${breaker.state}`))
    await failTimes(breaker, 3)
    expect(states.slice(-2)).toEqual(['transition open', 'outcome open'])
  })
})
