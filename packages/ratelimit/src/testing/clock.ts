import type { Clock } from '../ground/types.ts'

export interface ManualClock extends Required<Clock> {
  /** Moves on by `ms`, firing what is due in order, each at its own moment. */
  advance(ms: number): void
  /** Steps to another reading without firing anything, as a clock that is set does. */
  step(ms: number): void
  /** Timers that are set. */
  readonly pending: number
}

interface Timer {
  readonly atMs: number
  readonly run: () => void
}

/** A clock that stands still until it is moved. */
export function manualClock(startMs: number = 0): ManualClock {
  let nowMs = startMs
  const timers = new Set<Timer>()
  const due = (untilMs: number): Timer | undefined => {
    const ready = [...timers].filter(({ atMs }) => atMs <= untilMs)
    return ready.reduce<Timer | undefined>((first, timer) => (first === undefined || timer.atMs < first.atMs ? timer : first), undefined)
  }
  return {
    monotonic: () => nowMs,
    after(ms, run) {
      const timer: Timer = { atMs: nowMs + ms, run }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
    advance(ms) {
      const untilMs = nowMs + ms
      for (let timer = due(untilMs); timer !== undefined; timer = due(untilMs)) {
        timers.delete(timer)
        nowMs = Math.max(nowMs, timer.atMs)
        timer.run()
      }
      nowMs = untilMs
    },
    step(ms) {
      nowMs += ms
    },
    get pending() {
      return timers.size
    },
  }
}
