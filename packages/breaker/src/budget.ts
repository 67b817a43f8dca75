import { TimeRing } from './core/time-ring.ts'
import { systemClock } from './ground/clock.ts'
import type { Clock } from './ground/clock.ts'
import { BUDGET_RATIO, BUDGET_RESERVE_PER_SECOND, BUDGET_SLICES, WINDOW_MS } from './ground/defaults.ts'
import { between, duration, read, typed } from './ground/options.ts'

export interface BudgetOptions {
  /** Extra calls earned by each call: 0 or more. Default 0.2, so that load grows by a fifth at most. */
  readonly ratio?: number
  /** Extra calls per second that are always allowed, so that little traffic can be retried too: 0 or more. Default 3. */
  readonly reservePerSecond?: number
  /** The time within which calls earn and extra calls are counted: milliseconds, 1 or more. Default 10 000. */
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

/** Sums of fractions such as 0.1 come out a little short of whole numbers. */
const ROUNDING = 1e-9

/**
 * A retry budget (Finagle's `RetryBudget`). Whenever an extra call is made, the extra calls of the last `windowMs`, this one included,
 * are at most `ratio` × the calls of the last `windowMs` + `windowMs` of the reserve. With the target down this is what keeps retries
 * from multiplying the load, which a limit on the tries of each single call does not.
 *
 * That holds to the millisecond although memory is fixed: both are counted in fiftieths of the window, of which calls are forgotten up
 * to one early and extra calls up to one late.
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
  const widthMs = windowMs / BUDGET_SLICES
  const calls = new TimeRing(widthMs, BUDGET_SLICES)
  const extra = new TimeRing(widthMs, BUDGET_SLICES + 1)
  const balance = (): number => {
    const now = clock.monotonic()
    calls.advance(now)
    extra.advance(now)
    return Math.max(0, Math.floor(ratio * calls.total + reserve - extra.total + ROUNDING))
  }
  return {
    deposit() {
      calls.advance(clock.monotonic())
      calls.total++
    },
    withdraw() {
      const allowed = balance() > 0
      if (allowed) extra.total++
      return allowed
    },
    get balance() {
      return balance()
    },
  }
}
