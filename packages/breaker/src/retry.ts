import pRetry from 'p-retry'
import type { RetryContext } from 'p-retry'
import type { Budget } from './budget.ts'
import { begin, derive, signalOf } from './context.ts'
import type { CallContext } from './context.ts'
import { backoff } from './core/backoff.ts'
import type { Jitter } from './core/backoff.ts'
import { pushback } from './core/pushback.ts'
import { systemClock, systemRandom } from './ground/clock.ts'
import type { Clock, Random } from './ground/clock.ts'
import { BACKOFF_BASE_MS, BACKOFF_MAX_MS, RETRIES, RETRY_AFTER_MAX_MS } from './ground/defaults.ts'
import { count, duration, oneOf, read, typed } from './ground/options.ts'
import type { Call, Judge, Outcome, Policy, RunOptions } from './ground/types.ts'
import { listen, tell } from './listeners.ts'
import type { Handle, Listeners } from './listeners.ts'
import { outcomeOf, surface, verdictOf } from './outcome.ts'
import { sleep } from './sleep.ts'

export interface RetryOptions {
  /** Tries after the first: 0 or more. Default 3. */
  readonly retries?: number
  /** Upper end of the first wait, milliseconds; it doubles with each retry. Default 100. */
  readonly baseMs?: number
  /** Upper end of every wait, milliseconds. Default 10 000. */
  readonly maxMs?: number
  /** How chance spreads the waits. Default `full`. */
  readonly jitter?: Jitter
  /** A target that asks for a longer wait (`Retry-After`, gRPC pushback) is not tried again. Milliseconds, default 60 000. */
  readonly retryAfterMaxMs?: number
  /** A try that would have less time than this before the deadline is not begun. Milliseconds, default 0. */
  readonly attemptMs?: number
  /** What all retries and hedges that share it may spend together. Default: no common limit. */
  readonly budget?: Budget
  /** `fail` is tried again, for results as well as errors. Default: errors, except local refusals and the caller's own abort. */
  readonly judge?: Judge
  readonly clock?: Clock
  readonly random?: Random
}

/** What `onEvent` of a retry tells. */
export type RetryEvent =
  | { readonly type: 'retry'; /** The attempt that follows: 2, 3, … */ readonly attempt: number; readonly delayMs: number; readonly outcome: Outcome }
  | {
      readonly type: 'suppressed'
      readonly attempt: number
      /** The budget is spent, the deadline is too near, or the target asked not to be tried again (soon). */
      readonly reason: 'budget' | 'deadline' | 'pushback'
      readonly outcome: Outcome
    }

export interface Retry extends Policy {
  onEvent(listener: (event: RetryEvent) => void): Handle
}

/**
 * Tries again what failed, with growing waits (p-retry runs the loop). Honours `Retry-After` and gRPC pushback, never starts what
 * cannot end before the deadline, and gives the last outcome back when it stops: the error as thrown, or the result as returned.
 * An abort ends waiting at once and nothing is called after it.
 *
 * @throws TypeError or RangeError for options that are unknown or out of range
 */
export function retry(options?: RetryOptions): Retry {
  const { retries, baseMs, maxMs, jitter, retryAfterMaxMs, attemptMs, budget, judge, clock, random } = read('retry', options, {
    retries: count(RETRIES, 0),
    baseMs: duration(BACKOFF_BASE_MS),
    maxMs: duration(BACKOFF_MAX_MS),
    jitter: oneOf<Jitter>('full', 'decorrelated', 'none'),
    retryAfterMaxMs: duration(RETRY_AFTER_MAX_MS),
    attemptMs: duration(0),
    budget: typed<Budget | undefined>(undefined, 'object'),
    judge: typed<Judge | undefined>(undefined, 'function'),
    clock: typed<Clock>(systemClock, 'object'),
    random: typed<Random>(systemRandom, 'function'),
  })
  const listeners = new Set() as Listeners<RetryEvent>
  /** What p-retry, which knows errors only, is told of an outcome that is to be tried again. */
  const again = new Error('to be tried again')

  const suppression = (context: CallContext, delayMs: number | 'never'): 'budget' | 'deadline' | 'pushback' | undefined => {
    if (delayMs === 'never' || delayMs > Math.max(maxMs, retryAfterMaxMs)) return 'pushback'
    if (clock.monotonic() + delayMs + attemptMs >= (context.deadlineMs ?? Infinity)) return 'deadline'
    if (budget !== undefined && !budget.withdraw()) return 'budget'
    return undefined
  }

  return {
    onEvent: (listener) => listen(listeners, listener),
    async run<T>(call: Call<T>, options?: RunOptions): Promise<T> {
      const outer = begin(call, options)
      if (outer.deposited !== budget) budget?.deposit()
      const signal = signalOf(outer)
      let waitedMs = baseMs
      let outcome: Outcome

      const attempt = async (number: number): Promise<void> => {
        outcome = await outcomeOf(call, derive(outer, { attempt: number, deposited: budget ?? outer.deposited }))
        if (verdictOf(judge, outcome, outer.source) === 'fail') throw again
      }
      const shouldRetry = async ({ attemptNumber }: RetryContext): Promise<boolean> => {
        waitedMs = backoff(jitter, attemptNumber, waitedMs, baseMs, maxMs, random)
        const delayMs = pushback(outcome, clock.now()) ?? waitedMs
        const reason = suppression(outer, delayMs)
        if (reason !== undefined || delayMs === 'never') {
          tell(listeners, { type: 'suppressed', attempt: attemptNumber, reason: reason ?? 'pushback', outcome })
          return false
        }
        tell(listeners, { type: 'retry', attempt: attemptNumber + 1, delayMs, outcome })
        await sleep(delayMs, clock, signal)
        return true
      }
      try {
        // p-retry's own waits know neither our clock nor a server's wishes, so it is told to wait for nothing.
        await pRetry(attempt, { retries, minTimeout: 0, shouldRetry, ...(signal && { signal }) })
      } catch (error) {
        if (error !== again) throw error
      }
      return surface(outcome!)
    },
  }
}
