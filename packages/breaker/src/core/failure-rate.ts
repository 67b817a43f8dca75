import { FAILURE_MIN, FAILURE_RATIO, SMALLEST_SHARE, WINDOW_MS, WINDOW_SLICES } from '../ground/defaults.ts'
import { count, duration, read, share } from '../ground/options.ts'
import type { Check } from '../ground/options.ts'
import type { Rule, Window } from './rule.ts'
import { TimeRing } from './time-ring.ts'

export interface FailureRateOptions {
  /** How far back is looked, milliseconds, 1 or more. Default 10 000. */
  readonly windowMs?: number
  /** Opens when at least this share of the calls in the window failed: above 0, at most 1. Default 0.5. */
  readonly ratio?: number
  /** Fewer calls than this in the window never open: 1 or more. Default 20; below 10 a single mishap weighs much. */
  readonly min?: number
  /** The window forgets in this many steps: 1 or more. Default 10. */
  readonly slices?: number
}

/**
 * Opens when too large a share of the calls of the last `windowMs` failed. Only a failing call opens, and silence forgets:
 * what is older than the window never counts, however long nothing came.
 *
 * @throws RangeError or TypeError for options out of their range
 */
export function failureRate(options?: FailureRateOptions): Rule {
  return new FailureRate(read('failureRate', options, rateChecks()))
}

/** What every rule over a window of time takes. */
export const rateChecks = (): { readonly [Name in keyof FailureRateOptions]-?: Check<number> } => ({
  windowMs: duration(WINDOW_MS, 1),
  ratio: share(FAILURE_RATIO, SMALLEST_SHARE),
  min: count(FAILURE_MIN),
  slices: count(WINDOW_SLICES),
})

/**
 * The rule and its window in one: a window that is started is an empty copy. It is a ring rather than has one, for with thousands of
 * breakers each object that a call touches is a cache line that is missed.
 */
export class FailureRate extends TimeRing implements Rule, Window {
  protected readonly options: Required<FailureRateOptions>

  constructor(options: Required<FailureRateOptions>) {
    super(options.windowMs / options.slices, options.slices)
    this.options = options
  }

  get name(): string {
    return `failureRate(${this.options.ratio} in ${this.options.windowMs} ms)`
  }

  get clockReads(): 1 | 2 {
    return 1
  }

  start(): Window {
    return new FailureRate(this.options)
  }

  record(bad: boolean, now: number, _durationMs?: number): boolean {
    this.advance(now)
    this.total++
    if (!bad) return false
    this.part++
    return this.total >= this.options.min && this.part >= this.options.ratio * this.total
  }

  describe(verb: string = 'failed'): string {
    return `${this.part} of ${this.total} calls ${verb}`
  }
}
