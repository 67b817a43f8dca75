import type { Clock } from './ground/clock.ts'

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** Moves time on by `ms`, running each timer that falls due at its own instant, and letting promises settle between them. */
  advance(ms: number): Promise<void>
  /** Sets the wall clock alone (Unix ms), as an administrator or NTP would; `monotonic` and timers do not notice. */
  set(ms: number): void
  /** Timers that have been started and have neither fired nor been cancelled. */
  readonly pending: number
}

/** How often pending promise reactions get a turn between two instants: enough for any chain of policies. */
const TURNS = 50

/**
 * @param start - the wall clock's first reading, Unix ms; default 2024-01-01T00:00:00Z
 */
export function manualClock(start: number = 1_704_067_200_000): ManualClock {
  let passed = 0
  let stepped = 0
  /** Soonest first, and among equals whichever was started first. */
  const timers: { readonly due: number; readonly run: () => void }[] = []
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < TURNS; turn++) await Promise.resolve()
  }
  return {
    now: () => start + stepped + passed,
    monotonic: () => passed,
    after(ms, run) {
      const timer = { due: passed + Math.max(0, ms), run }
      const later = timers.findIndex(({ due }) => due > timer.due)
      timers.splice(later < 0 ? timers.length : later, 0, timer)
      return {
        cancel() {
          const place = timers.indexOf(timer)
          if (place >= 0) timers.splice(place, 1)
        },
      }
    },
    async advance(ms) {
      const end = passed + ms
      await settle()
      for (;;) {
        const next = timers[0]
        if (next === undefined || next.due > end) break
        timers.shift()
        passed = Math.max(passed, next.due)
        next.run()
        await settle()
      }
      passed = end
      await settle()
    },
    set(ms) {
      stepped = ms - start - passed
    },
    get pending() {
      return timers.length
    },
  }
}
