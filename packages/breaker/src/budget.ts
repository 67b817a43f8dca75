import { TimeRing } from './core/time-ring.ts'
import { systemClock } from './ground/clock.ts'
import type { Clock } from './ground/clock.ts'
import { BUDGET_RATIO, BUDGET_RESERVE_PER_SECOND, WINDOW_MS, WINDOW_SLICES } from './ground/defaults.ts'
import { between, duration, read, typed } from './ground/options.ts'

export interface BudgetOptions {
  /** Extra calls earned by each call: 0 or more. Default 0.2, so that load grows by a fifth at most. */
  readonly ratio?: number
  /** Extra calls per second that are always allowed, so that little traffic can be retried too: 0 or more. Default 3. */
  readonly reservePerSecond?: number
  /** What was earned is forgotten after this time: milliseconds, 1 or more. Default 10 000. */
  readonly windowMs?: number
  readonly clock?: Pick<Clock, 'monotonic'>
}

/** How many extra calls retries and hedges may make. Share one among all policies that call the same target. */
export interface Budget {
  /** A call was made for its own sake. */
  deposit(): void
  /** True, and paid for, when an extra call may be made. */
  withdraw(): boolean
  /** Whole extra calls that could be made now. */
  readonly balance: number
}

/**
 * A retry budget (Finagle's `RetryBudget`): in any window, extra calls ≤ `ratio` × calls + reserve. With the target down this is what
 * keeps retries from multiplying the load, which a limit on the tries of each single call does not.
 *
 * @throws TypeError or RangeError for options that are unknown or out of range
 */
export function createBudget(options?: BudgetOptions): Budget {
  const { ratio, reservePerSecond, windowMs, clock } = read('createBudget', options, {
    ratio: between(BUDGET_RATIO, 0, Number.MAX_VALUE),
    reservePerSecond: between(BUDGET_RESERVE_PER_SECOND, 0, Number.MAX_VALUE),
    windowMs: duration(WINDOW_MS, 1),
    clock: typed<Pick<Clock, 'monotonic'>>(systemClock, 'object'),
  })
  const reserve = (reservePerSecond * windowMs) / 1000
  const ring = new TimeRing(windowMs, WINDOW_SLICES, 1)
  const left = (now: number): number => {
    ring.advance(now)
    return reserve + ring.total(0)
  }
  // Sums of fractions such as 0.2 come out a little short of whole numbers.
  const whole = (balance: number): number => Math.floor(balance + 1e-9)
  return {
    deposit() {
      const now = clock.monotonic()
      ring.advance(now)
      ring.add(0, ratio)
    },
    withdraw() {
      const now = clock.monotonic()
      if (whole(left(now)) < 1) return false
      ring.add(0, -1)
      return true
    },
    get balance() {
      return Math.max(0, whole(left(clock.monotonic())))
    },
  }
}
