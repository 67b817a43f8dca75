import type { Budget } from './budget.ts'
import { begin, derive, Scope, signalOf } from './context.ts'
import { Histogram } from './core/histogram.ts'
import { systemClock } from './ground/clock.ts'
import type { Clock, Timer } from './ground/clock.ts'
import { HEDGE_AFTER_MS, HEDGE_MIN, HEDGE_QUANTILE, HEDGE_RATIO, HEDGE_SAVED, SMALLEST_SHARE } from './ground/defaults.ts'
import { count, duration, read, share, typed } from './ground/options.ts'
import type { Call, Judge, Outcome, Policy, RunOptions } from './ground/types.ts'
import { listen, tell } from './listeners.ts'
import type { Handle, Listeners } from './listeners.ts'
import { outcomeOf, surface, verdictOf } from './outcome.ts'

export interface HedgeOptions {
  /** A call that takes longer than this share of the recent ones is sent again: above 0, at most 1. Default 0.95. */
  readonly quantile?: number
  /** Wait for so many durations before the quantile is believed: 1 or more. Default 20. */
  readonly min?: number
  /** The delay until then; later never less than a tenth of it, nor more than ten times as much: milliseconds, 1 or more. Default 100. */
  readonly afterMs?: number
  /** Further calls at most: 1 or more. Default 1. */
  readonly hedges?: number
  /** What further calls are paid from; share it with `retry`. Default: an allowance of its own, a tenth of the calls and ten to begin with. */
  readonly budget?: Budget
  /** What is an answer. Default: results and the caller's own abort are; after other errors the attempts still out are waited for. */
  readonly judge?: Judge
  readonly clock?: Pick<Clock, 'monotonic' | 'after'>
}

/** What `onEvent` of a hedge tells. */
export type HedgeEvent =
  | { readonly type: 'hedge'; readonly attempt: number; readonly afterMs: number }
  | { readonly type: 'suppressed'; readonly attempt: number; readonly reason: 'budget' | 'deadline' }
  | { readonly type: 'won'; /** Which attempt answered first. */ readonly attempt: number }

export interface Hedge extends Policy {
  /** The delay before the next call would be sent again, milliseconds. */
  readonly delayMs: number
  onEvent(listener: (event: HedgeEvent) => void): Handle
}

/**
 * How far from `afterMs` the quantile may lead. Below, because a histogram full of cache hits must not double the load. Above, because
 * what loses counts as slower than the delay: with more calls that hang than the quantile leaves out, the delay would rise for ever.
 */
const SPAN = 10

/**
 * Sends a call again when it is slower than most, and takes the first answer (Dean and Barroso, "The Tail at Scale"; gRPC A6). For
 * calls that may safely run twice. The others are aborted; how long they had taken by then counts as a duration all the same, or the
 * quantile would forget what slow means. A failure before the delay is given back at once: hedging is not retrying.
 *
 * @throws TypeError or RangeError for options that are unknown or out of range
 */
export function hedge(options?: HedgeOptions): Hedge {
  const { quantile, min, afterMs, hedges, judge, clock, ...given } = read('hedge', options, {
    quantile: share(HEDGE_QUANTILE, SMALLEST_SHARE),
    min: count(HEDGE_MIN),
    afterMs: duration(HEDGE_AFTER_MS, 1),
    hedges: count(1),
    budget: typed<Budget | undefined>(undefined, 'object'),
    judge: typed<Judge | undefined>(undefined, 'function'),
    clock: typed<Pick<Clock, 'monotonic' | 'after'>>(systemClock, 'object'),
  })
  const budget = given.budget ?? allowance()
  const listeners = new Set() as Listeners<HedgeEvent>
  const durations = new Histogram()
  const delayMs = (): number => (durations.total < min ? afterMs : Math.min(afterMs * SPAN, Math.max(afterMs / SPAN, durations.quantile(quantile))))

  return {
    get delayMs() {
      return delayMs()
    },
    onEvent: (listener) => listen(listeners, listener),
    async run<T>(call: Call<T>, options?: RunOptions): Promise<T> {
      const outer = begin(call, options)
      if (outer.deposited !== budget) budget.deposit()
      const signal = signalOf(outer)
      const out = new Map<number, { readonly scope: Scope; readonly started: number; readonly work: Promise<unknown> }>()
      let timer: Timer | undefined

      const first = await new Promise<Outcome>((resolve) => {
        const onAbort = (): void => end({ ok: false, error: signal?.reason })
        const end = (outcome: Outcome): void => {
          timer?.cancel()
          signal?.removeEventListener('abort', onAbort)
          const now = clock.monotonic()
          for (const { scope, started, work } of out.values()) {
            durations.add(now - started)
            scope.abort(signal?.aborted === true ? signal.reason : new DOMException('another attempt answered first', 'AbortError'))
            outer.linger?.(work)
          }
          out.clear()
          resolve(outcome)
        }
        const launch = (attempt: number): void => {
          const scope = new Scope()
          const started = clock.monotonic()
          const work = outcomeOf(call, derive(outer, { attempt, source: scope, deposited: budget }))
          out.set(attempt, { scope, started, work })
          void work.then((outcome) => {
            if (!out.delete(attempt)) return
            const answered = verdictOf(judge, outcome, outer.source) === 'ok'
            if (answered) durations.add(clock.monotonic() - started)
            if (answered && attempt > outer.attempt) tell(listeners, { type: 'won', attempt })
            if (answered || out.size === 0) end(outcome)
          })
          if (attempt - outer.attempt < hedges) plan(attempt + 1)
        }
        const plan = (attempt: number): void => {
          const afterMs = delayMs()
          timer = clock.after(afterMs, () => {
            const late = clock.monotonic() >= (outer.deadlineMs ?? Infinity)
            if (late || !budget.withdraw()) return tell(listeners, { type: 'suppressed', attempt, reason: late ? 'deadline' : 'budget' })
            tell(listeners, { type: 'hedge', attempt, afterMs })
            launch(attempt)
          })
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        launch(outer.attempt)
      })
      return surface(first)
    },
  }
}

/** A budget without a window, as gRPC throttles retries (A6): each call earns a share of a token, a hedge costs one, and few are saved. */
function allowance(): Pick<Budget, 'deposit' | 'withdraw'> {
  let tokens = HEDGE_SAVED
  return {
    deposit() {
      tokens = Math.min(HEDGE_SAVED, tokens + HEDGE_RATIO)
    },
    withdraw() {
      const allowed = tokens >= 1
      if (allowed) tokens--
      return allowed
    },
  }
}
