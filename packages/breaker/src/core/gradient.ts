import { ADAPTIVE_INITIAL, ADAPTIVE_MAX, SMALLEST_SHARE } from '../ground/defaults.ts'
import { between, count, expect, read, share } from '../ground/options.ts'
import type { LimitRule } from './limit.ts'

export interface GradientOptions {
  /** The first limit: 1 or more. Default 20. */
  readonly initial?: number
  /** Never less, 1 or more. Default 1. */
  readonly min?: number
  /** Never more: `min` or more. Default 1000. */
  readonly max?: number
  /** Durations may rise by this factor over the long-term mean before the limit falls: 1 or more. Default 1.5. */
  readonly tolerance?: number
  /** How much of each new estimate is taken over: above 0, at most 1. Default 0.2. */
  readonly smoothing?: number
}

/** Windows over which the long-term mean forgets. */
const MEMORY = 600
/** The mean is a plain one over this many windows first, so that it settles soon. */
const WARM_UP = 10
/** Room for a queue, as in Gradient2: what the limit may grow by. */
const QUEUE = 4
/** So many windows in a row at the limit, and the mean is measured anew at half of it: one window to drain, one to measure. */
const RECALIBRATE = 200
const MEASURING = 2

/**
 * Gradient2 of Netflix' concurrency-limits: compares durations now with their long-term mean, lowers the limit when they rise and
 * otherwise adds room for a small queue. For targets that grow slow before they fail. Unchanged while less than half is used: what
 * nobody asked for proves nothing. A failure can only speak for slowness, never lower the mean.
 *
 * One thing is different. Under lasting overload the original's mean follows the very queue that it should see, and the limit drifts
 * away. Here what is measured at the limit may lower the mean but not raise it, and from time to time the mean is measured at half
 * the limit (as Envoy does for its minimum), so that a target that has become slower for good is believed.
 *
 * @throws TypeError or RangeError for options that are unknown or out of range
 */
export function gradient(options?: GradientOptions): LimitRule {
  const { initial, min, max, tolerance, smoothing } = read('gradient', options, {
    initial: count(ADAPTIVE_INITIAL),
    min: count(1),
    max: count(ADAPTIVE_MAX),
    tolerance: between(1.5, 1, Number.MAX_VALUE),
    smoothing: share(0.2, SMALLEST_SHARE),
  })
  expect('gradient', 'max', max, count(0, min))
  return {
    name: 'gradient',
    start() {
      const bounded = (value: number): number => Math.min(max, Math.max(min, value))
      let limit = bounded(initial)
      let meanMs = 0
      let windows = 0
      let full = 0
      let measuring = 0
      return {
        get limit() {
          return Math.floor(measuring > 0 ? bounded(limit / 2) : limit)
        },
        update({ durationMs, active, succeeded }) {
          if (succeeded === 0 && durationMs <= meanMs) return
          if (measuring > 0) {
            if (--measuring === 0) meanMs = durationMs
            return
          }
          full = active >= Math.floor(limit) ? full + 1 : 0
          if (++windows <= WARM_UP) meanMs += (durationMs - meanMs) / windows
          else if (full === 0 || durationMs < meanMs) meanMs += (durationMs - meanMs) * (2 / (MEMORY + 1))
          if (full > RECALIBRATE) {
            full = 0
            measuring = MEASURING
            return
          }
          if (active < limit / 2) return
          const slope = Math.max(0.5, Math.min(1, (tolerance * meanMs) / durationMs))
          limit = bounded(limit + (limit * slope + QUEUE - limit) * smoothing)
        },
      }
    },
  }
}
