import { abortable } from './abort.ts'
import type { Interval } from './core/interval.ts'
import { systemClock } from './ground/clock.ts'
import { LONGEST_TIMER_MS } from './ground/defaults.ts'
import { check, checkFunction, checkRest } from './ground/check.ts'
import type { FullClock } from './ground/physical.ts'
import type { Stamp } from './ground/types.ts'

export interface IntervalClockOptions {
  /**
   * How wrong the wall clock may be either way, in milliseconds, 0 or more; or a function that knows it now (from chrony, ClockBound,
   * or your own measurements). There is no default: a bound that nobody measured is no bound.
   */
  readonly errorMs: number | (() => number)
  /** Default: the process's own. */
  readonly clock?: Pick<FullClock, 'now' | 'after'> | undefined
}

/** A wall clock that admits how wrong it may be. */
export interface IntervalClock {
  now(): Interval
  /**
   * Resolves when `moment` is past for everybody: every clock that is wrong by no more than the bound shows something later.
   * Rejects with the signal's reason.
   */
  waitUntilPast(moment: Stamp | number, options?: { readonly signal?: AbortSignal | undefined }): Promise<void>
}

/**
 * Time as an interval, and the wait that makes an order visible from outside: who stamps, waits until the stamp is past, and only then
 * answers, can be sure that whoever acts on the answer stamps later, even if no message passes between the clocks (Corbett et al.,
 * Spanner, 2012: TrueTime and commit wait). The wait is twice the error: once for this clock, once for the other, which must keep the
 * same bound.
 */
export function createIntervalClock(options: IntervalClockOptions): IntervalClock {
  const { errorMs, clock = systemClock, ...rest } = options
  checkRest(rest)
  checkFunction('clock.now', clock.now)
  checkFunction('clock.after', clock.after)
  const error = typeof errorMs === 'function' ? errorMs : () => errorMs
  const now = (): Interval => {
    const [wallMs, boundMs] = [clock.now(), error()]
    check(Number.isFinite(boundMs) && boundMs >= 0, 'errorMs as finite milliseconds from 0 on', boundMs)
    check(Number.isFinite(wallMs), 'a finite wall time', wallMs)
    return { earliestMs: wallMs - boundMs, latestMs: wallMs + boundMs }
  }
  /** What the slowest of all clocks shows now, at the least. */
  const slowestMs = (): number => {
    const { earliestMs, latestMs } = now()
    return earliestMs - (latestMs - earliestMs) / 2
  }
  now()
  return {
    now,
    async waitUntilPast(moment, { signal } = {}) {
      const ms = typeof moment === 'number' ? moment : moment.ms
      check(Number.isFinite(ms), 'a moment as a stamp or milliseconds', moment)
      signal?.throwIfAborted()
      for (;;) {
        const leftMs = ms - slowestMs()
        if (leftMs < 0) return
        const waited = Promise.withResolvers<void>()
        // A millisecond is over when the next one begins. The wall may step meanwhile, so it is read again.
        const timer = clock.after(Math.min(Math.floor(leftMs) + 1, LONGEST_TIMER_MS), waited.resolve)
        await abortable(waited.promise, signal).finally(() => timer.cancel())
      }
    },
  }
}
