import { createQueue } from './core/queue.ts'
import { macrotask } from './ground/clock.ts'
import { duration, fields, finite } from './ground/options.ts'
import type { Clock, Timer } from './ground/types.ts'

/** A clock that moves only when told to. Fits the `clock` option of every distrokit package. */
export interface ManualClock extends Clock {
  /** How many timers wait. */
  readonly pending: number
  /** Milliseconds of monotonic time until the next timer is due, or undefined when none waits. */
  readonly nextMs: number | undefined
  /**
   * Moves wall and monotonic time forward by `ms` and runs what falls due, by time and then by age, each timer at its
   * own instant; timers set meanwhile run too if they fall due. Synchronous: promises wait until the caller awaits.
   * A throwing timer does not stop the others; its error is thrown at the end (several as one AggregateError).
   */
  advance(ms: number): void
  /** Like `advance`, and lets all promises settle before, between and after the timers. Resolves when the time has passed. */
  advanceAsync(ms: number): Promise<void>
  /** Steps the wall clock to `wallMs`, as a person or NTP does: timers and `monotonic` do not notice. */
  set(wallMs: number): void
}

/** Options of {@link manualClock}. */
export interface ManualClockOptions {
  /** Wall time at the start, in milliseconds since 1970; any finite number. Default 0. */
  readonly start?: number
}

/** A clock for tests: `now`, `monotonic` and `after`, driven by `advance` and `set`. */
export function manualClock(options: ManualClockOptions = {}): ManualClock {
  fields('options', options, ['start'])
  const timers = createQueue<() => void>()
  let elapsed = 0
  let wallOffset = finite('start', options.start ?? 0)
  let advancing = false

  function claim(ms: number): number {
    duration('ms', ms)
    if (advancing) throw new Error('Expected one advance at a time, got another from inside a timer. Set a timer with after() instead.')
    advancing = true
    return elapsed + ms
  }

  /** Runs the next timer that is due until `end`, or arrives at `end` and says that nothing was left. */
  function step(end: number, errors: unknown[]): boolean {
    const next = timers.peek()
    if (next === undefined || next.at > end) {
      elapsed = end
      return false
    }
    timers.pop()
    elapsed = Math.max(elapsed, next.at)
    try {
      next.value()
    } catch (error) {
      errors.push(error)
    }
    return true
  }

  function report(errors: readonly unknown[]): void {
    advancing = false
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} timers threw while the clock advanced.`)
  }

  const settled = (): Promise<void> => new Promise((resolve) => macrotask(resolve))

  return {
    now: () => elapsed + wallOffset,
    monotonic: () => elapsed,
    after(ms: number, run: () => void): Timer {
      const entry = timers.push(elapsed + duration('ms', ms), run)
      return { cancel: () => timers.cancel(entry) }
    },
    get pending() {
      return timers.size
    },
    get nextMs() {
      const next = timers.peek()
      return next === undefined ? undefined : Math.max(0, next.at - elapsed)
    },
    advance(ms: number): void {
      const end = claim(ms)
      const errors: unknown[] = []
      while (step(end, errors));
      report(errors)
    },
    async advanceAsync(ms: number): Promise<void> {
      const end = claim(ms)
      const errors: unknown[] = []
      do await settled()
      while (step(end, errors))
      report(errors)
    },
    set(wallMs: number): void {
      wallOffset = finite('wallMs', wallMs) - elapsed
    },
  }
}
