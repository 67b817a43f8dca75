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
  let timers: { readonly due: number; readonly run: () => void }[] = []
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < TURNS; turn++) await Promise.resolve()
  }
  return {
    now: () => start + stepped + passed,
    monotonic: () => passed,
    after(ms, run) {
      const timer = { due: passed + Math.max(0, ms), run }
      timers.push(timer)
      return { cancel: () => void (timers = timers.filter((other) => other !== timer)) }
    },
    async advance(ms) {
      const end = passed + ms
      await settle()
      for (;;) {
        const [next] = timers.filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)
        if (next === undefined) break
        timers = timers.filter((timer) => timer !== next)
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
