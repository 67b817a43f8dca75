import { ADAPTIVE_INITIAL, ADAPTIVE_MAX, SMALLEST_SHARE } from '../ground/defaults.ts'
import { count, expect, read, share } from '../ground/options.ts'
import type { LimitRule } from './limit.ts'

export interface AimdOptions {
  /** The first limit: 1 or more. Default 20. */
  readonly initial?: number
  /** Never less, 1 or more. Default 1. */
  readonly min?: number
  /** Never more: `min` or more. Default 1000. */
  readonly max?: number
  /** A failure multiplies the limit by this: above 0, at most 1. Default 0.9. */
  readonly decrease?: number
}

/**
 * Additive increase, multiplicative decrease, as in TCP (Chiu and Jain; Netflix' `AIMDLimit`): one more after a window that went well
 * and made use of the limit, a tenth less after one with a failure. For targets that say when they have too much.
 *
 * @throws TypeError or RangeError for options that are unknown or out of range
 */
export function aimd(options?: AimdOptions): LimitRule {
  const { initial, min, max, decrease } = read('aimd', options, {
    initial: count(ADAPTIVE_INITIAL),
    min: count(1),
    max: count(ADAPTIVE_MAX),
    decrease: share(0.9, SMALLEST_SHARE),
  })
  expect('aimd', 'max', max, count(0, min))
  return {
    name: 'aimd',
    start() {
      const bounded = (value: number): number => Math.min(max, Math.max(min, value))
      let limit = bounded(initial)
      return {
        get limit() {
          return Math.floor(limit)
        },
        update({ active, failed }) {
          if (failed > 0) limit = bounded(limit * decrease)
          else if (active * 2 >= limit) limit = bounded(limit + 1)
        },
      }
    },
  }
}
