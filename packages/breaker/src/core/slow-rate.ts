import { duration, expect, read } from '../ground/options.ts'
import { FailureRate, rateChecks } from './failure-rate.ts'
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
  const { slowerThanMs, ...rate } = read('slowRate', options, { slowerThanMs: duration(undefined), ...rateChecks() })
  expect('slowRate', 'slowerThanMs', slowerThanMs, duration(0))
  return new SlowRate(slowerThanMs, rate)
}

/** A failure rate to which slow is what failed is to others. */
class SlowRate extends FailureRate {
  readonly #slowerThanMs: number

  constructor(slowerThanMs: number, options: Required<FailureRateOptions>) {
    super(options)
    this.#slowerThanMs = slowerThanMs
  }

  override get name(): string {
    return `slowRate(${this.options.ratio} slower than ${this.#slowerThanMs} ms)`
  }

  override get clockReads(): 2 {
    return 2
  }

  override start(): Window {
    return new SlowRate(this.#slowerThanMs, this.options)
  }

  override record(_failed: boolean, now: number, durationMs: number): boolean {
    return super.record(durationMs > this.#slowerThanMs, now)
  }

  override describe(): string {
    return super.describe(`took longer than ${this.#slowerThanMs} ms`)
  }
}
