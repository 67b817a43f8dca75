import { begin } from './context.ts'
import { gradient } from './core/gradient.ts'
import type { LimitRule } from './core/limit.ts'
import { systemClock } from './ground/clock.ts'
import type { Clock } from './ground/clock.ts'
import { ADAPTIVE_SAMPLES, ADAPTIVE_WINDOW_MS, LINGER_MS } from './ground/defaults.ts'
import { FullError } from './ground/errors.ts'
import { count, duration, read, typed } from './ground/options.ts'
import type { Call, Judge, Policy, RunOptions } from './ground/types.ts'
import { outcomeOf, surface, verdictOf } from './outcome.ts'
import { Places } from './places.ts'

export interface AdaptiveOptions {
  /** How the limit is learned. Default `gradient()`. */
  readonly limit?: LimitRule
  /** The limit is reconsidered at most this often, milliseconds, 1 or more. Default 100. */
  readonly windowMs?: number
  /** And only after so many calls have ended: 1 or more. Default 10. */
  readonly samples?: number
  readonly judge?: Judge
  /** How long a call that was given up but still runs keeps its place, milliseconds. Default 60 000. */
  readonly lingerMs?: number
  readonly clock?: Pick<Clock, 'monotonic' | 'after'>
}

export interface Adaptive extends Policy {
  /** Calls that may run at once, as far as is known by now. */
  readonly limit: number
  /** Calls that run now. */
  readonly active: number
}

/** A clock too coarse to see a call must not lead to a division by zero. */
const SHORTEST_MS = 0.001

/**
 * A limit on concurrent calls that is learned from how long they take, instead of set by hand. What is above it is refused with a
 * `FullError`.
 *
 * @throws TypeError or RangeError for options that are unknown or out of range
 */
export function adaptive(options?: AdaptiveOptions): Adaptive {
  const { limit, windowMs, samples, judge, lingerMs, clock } = read('adaptive', options, {
    limit: typed<LimitRule | undefined>(undefined, 'object'),
    windowMs: duration(ADAPTIVE_WINDOW_MS, 1),
    samples: count(ADAPTIVE_SAMPLES),
    judge: typed<Judge | undefined>(undefined, 'function'),
    lingerMs: duration(LINGER_MS),
    clock: typed<Pick<Clock, 'monotonic' | 'after'>>(systemClock, 'object'),
  })
  const estimate = (limit ?? gradient()).start()
  const places = new Places(lingerMs, clock)
  const newWindow = (now: number) => ({ endsAt: now + windowMs, active: 0, ok: { calls: 0, ms: 0 }, fail: { calls: 0, ms: 0 } })
  let window = newWindow(0)

  const learn = (verdict: 'ok' | 'fail', durationMs: number, active: number): void => {
    const { ok, fail, endsAt } = window
    window[verdict].calls++
    window[verdict].ms += durationMs
    window.active = Math.max(window.active, active)
    const now = clock.monotonic()
    if (ok.calls + fail.calls < samples || now < endsAt) return
    const { calls, ms } = ok.calls > 0 ? ok : fail
    estimate.update({ durationMs: Math.max(ms / calls, SHORTEST_MS), active: window.active, succeeded: ok.calls, failed: fail.calls })
    window = newWindow(now)
  }

  return {
    get limit() {
      return estimate.limit
    },
    get active() {
      return places.taken
    },
    async run<T>(call: Call<T>, options?: RunOptions): Promise<T> {
      const outer = begin(call, options)
      if (places.taken >= estimate.limit) throw new FullError(estimate.limit, 0)
      places.take()
      const active = places.taken
      const started = clock.monotonic()
      return places.occupy(async (context) => {
        const outcome = await outcomeOf(call, context)
        const verdict = verdictOf(judge, outcome, outer.source)
        if (verdict !== 'ignore') learn(verdict, clock.monotonic() - started, active)
        return surface<T>(outcome)
      }, outer)
    },
  }
}
