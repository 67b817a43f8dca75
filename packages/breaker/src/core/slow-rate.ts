import { FAILURE_MIN, FAILURE_RATIO, SMALLEST_SHARE, WINDOW_MS, WINDOW_SLICES } from '../ground/defaults.ts'
import { count, duration, read, share } from '../ground/options.ts'
import { Rate } from './failure-rate.ts'
import type { FailureRateOptions } from './failure-rate.ts'
import type { Rule, Window } from './rule.ts'

export interface SlowRateOptions extends FailureRateOptions {
  /** A call that took longer than this is slow, whether it failed or not. Milliseconds, 0 or more. */
  readonly slowerThanMs: number
}

/**
 * Opens when too large a share of the calls of the last `windowMs` was slow: a target that drowns answers late long before it
 * answers wrongly (resilience4j's slow-call rate). A call that never ends is not seen; put a `timeout` inside.
 *
 * @throws RangeError or TypeError for options out of their range
 */
export function slowRate(options: SlowRateOptions): Rule {
  const { slowerThanMs, windowMs, ratio, min, slices } = read('slowRate', options, {
    slowerThanMs: duration(undefined),
    windowMs: duration(WINDOW_MS, 1),
    ratio: share(FAILURE_RATIO, SMALLEST_SHARE),
    min: count(FAILURE_MIN),
    slices: count(WINDOW_SLICES),
  })
  if (slowerThanMs === undefined) throw new TypeError('slowRate: slowerThanMs is missing; say from which duration on a call is slow')
  return {
    name: `slowRate(${ratio} slower than ${slowerThanMs} ms)`,
    clockReads: 2,
    start(): Window {
      const rate = new Rate(windowMs, slices, ratio, min, `took longer than ${slowerThanMs} ms`)
      return {
        record: (_failed, now, durationMs) => rate.record(durationMs > slowerThanMs, now),
        describe: () => rate.describe(),
        clear: () => rate.clear(),
      }
    },
  }
}
