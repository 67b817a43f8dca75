import { begin } from './context.ts'
import { shedShare } from './core/shed-share.ts'
import { TimeRing } from './core/time-ring.ts'
import { systemClock, systemRandom } from './ground/clock.ts'
import type { Clock, Random } from './ground/clock.ts'
import { THROTTLE_K, THROTTLE_SLICES, THROTTLE_WINDOW_MS } from './ground/defaults.ts'
import { ShedError } from './ground/errors.ts'
import { between, duration, read, typed } from './ground/options.ts'
import type { Call, Judge, Policy, RunOptions } from './ground/types.ts'
import { outcomeOf, surface, verdictOf } from './outcome.ts'

export interface ThrottleOptions {
  /** Calls are shed beyond this multiple of what the target accepts: 1 or more. Default 2; smaller sheds sooner. */
  readonly k?: number
  /** How far back is looked, milliseconds, 1 or more. Default 120 000. */
  readonly windowMs?: number
  /** `ok` was accepted, `fail` was not, `ignore` does not count. Default as everywhere. */
  readonly judge?: Judge
  readonly clock?: Pick<Clock, 'monotonic'>
  readonly random?: Random
}

export interface Throttle extends Policy {
  /** The share of calls that is shed now, 0 to 1. */
  readonly share: number
}

/**
 * Sheds calls on this side in proportion to how few the target accepts, before they cost it anything ("client-side throttling" in
 * Google's "Site Reliability Engineering", chapter 21). Softer than a breaker: a target that answers half of its calls still gets them.
 *
 * @throws TypeError or RangeError for options that are unknown or out of range
 */
export function throttle(options?: ThrottleOptions): Throttle {
  const { k, windowMs, judge, clock, random } = read('throttle', options, {
    k: between(THROTTLE_K, 1, Number.MAX_VALUE),
    windowMs: duration(THROTTLE_WINDOW_MS, 1),
    judge: typed<Judge | undefined>(undefined, 'function'),
    clock: typed<Pick<Clock, 'monotonic'>>(systemClock, 'object'),
    random: typed<Random>(systemRandom, 'function'),
  })
  /** Requests, and those of them that were accepted. */
  const ring = new TimeRing(windowMs / THROTTLE_SLICES, THROTTLE_SLICES)
  const share = (): number => {
    ring.advance(clock.monotonic())
    return shedShare(ring.total, ring.part, k)
  }
  return {
    get share() {
      return share()
    },
    async run<T>(call: Call<T>, options?: RunOptions): Promise<T> {
      const context = begin(call, options)
      const shed = share()
      // Counted when it is attempted, shed or not: counting at the end would hide a target that has stopped answering.
      ring.total++
      if (random() < shed) throw new ShedError(shed)
      const outcome = await outcomeOf(call, context)
      const verdict = verdictOf(judge, outcome, context.source)
      ring.advance(clock.monotonic())
      if (verdict === 'ok') ring.part++
      if (verdict === 'ignore') ring.total--
      return surface(outcome)
    },
  }
}
