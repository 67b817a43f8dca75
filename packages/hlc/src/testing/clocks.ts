import type { FullClock } from '../ground/physical.ts'

/** A clock that moves only when told to. */
export interface SteppingClock extends FullClock {
  /** Lets `ms` go by: wall and monotonic time move together and due timers run, in order, each at its own time. */
  advance(ms: number): void
  /** Sets the wall clock, as a user or a time daemon does; monotonic time and timers are untouched. */
  set(wallMs: number): void
}

/** @param startMs wall time at the beginning; 2024-01-01 by default, so that stamps look like stamps */
export function steppingClock(startMs: number = 1_704_067_200_000): SteppingClock {
  let wallMs = startMs
  let monotonicMs = 0
  let timers: { readonly dueMs: number; readonly run: () => void }[] = []
  const moveTo = (targetMs: number): void => {
    wallMs += targetMs - monotonicMs
    monotonicMs = targetMs
  }
  return {
    now: () => wallMs,
    monotonic: () => monotonicMs,
    after(ms, run) {
      const timer = { dueMs: monotonicMs + Math.max(0, ms), run }
      timers.push(timer)
      return {
        cancel() {
          timers = timers.filter((other) => other !== timer)
        },
      }
    },
    advance(ms) {
      if (!(ms >= 0 && ms < Infinity)) throw new RangeError(`expected milliseconds from 0 on, got ${ms}`)
      const endMs = monotonicMs + ms
      for (;;) {
        const due = timers.filter((timer) => timer.dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0]
        if (due === undefined) break
        timers = timers.filter((other) => other !== due)
        moveTo(Math.max(due.dueMs, monotonicMs))
        due.run()
      }
      moveTo(endMs)
    },
    set(ms) {
      wallMs = ms
    },
  }
}

/**
 * A wall clock that is `offsetMs` off and gains `driftPpm` microseconds a second (200 is a poor quartz, 0 the default), seen from `base`.
 * Monotonic time and timers are those of `base`.
 */
export function skewedClock(base: FullClock, { offsetMs = 0, driftPpm = 0 }: { offsetMs?: number; driftPpm?: number }): FullClock {
  const from = base.monotonic()
  return {
    now: () => base.now() + offsetMs + ((base.monotonic() - from) * driftPpm) / 1e6,
    monotonic: () => base.monotonic(),
    after: (ms, run) => base.after(ms, run),
  }
}

/** Wall time rounded down to whole steps, as browsers that resist fingerprinting do (100 ms there). */
export function coarseClock(base: FullClock, stepMs: number): FullClock {
  return {
    now: () => Math.floor(base.now() / stepMs) * stepMs,
    monotonic: () => base.monotonic(),
    after: (ms, run) => base.after(ms, run),
  }
}

/** A wall clock that never moves, as on platforms that freeze it for the length of a request; the rest is `base`'s. */
export function frozenClock(base: FullClock): FullClock {
  const wallMs = base.now()
  return { now: () => wallMs, monotonic: () => base.monotonic(), after: (ms, run) => base.after(ms, run) }
}

/** A machine that can be put to sleep. */
export interface SuspendableClock extends FullClock {
  /**
   * Sleeps for `ms`: nothing runs meanwhile, and timers that came due run late, on waking.
   * @param monotonicStops whether monotonic time stands still as well, as on Linux and macOS; false by default
   */
  suspend(ms: number, monotonicStops?: boolean): void
}

/** Adds sleep to a stepping clock. Timers must be set through the clock that is returned. */
export function suspendableClock(base: SteppingClock): SuspendableClock {
  let asleep = false
  let lostMs = 0
  let late: (() => void)[] = []
  return {
    now: () => base.now(),
    monotonic: () => base.monotonic() - lostMs,
    after(ms, run) {
      const fire = (): void => {
        if (asleep) late.push(fire)
        else run()
      }
      const timer = base.after(ms, fire)
      return {
        cancel() {
          timer.cancel()
          late = late.filter((other) => other !== fire)
        },
      }
    },
    suspend(ms, monotonicStops = false) {
      asleep = true
      base.advance(ms)
      asleep = false
      if (monotonicStops) lostMs += ms
      const woken = late
      late = []
      for (const fire of woken) fire()
    },
  }
}
