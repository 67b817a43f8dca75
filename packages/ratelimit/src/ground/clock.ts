import { longestTimerMs } from './defaults.ts'
import type { Clock } from './types.ts'

/** The platform's clock and timers, looked up at each call so that fake timers work. A timer longer than the platform's range fires early; callers look at the clock again. */
export const systemClock: Required<Clock> = {
  monotonic: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.min(ms, longestTimerMs))
    return { cancel: () => clearTimeout(timer) }
  },
}

/** The platform's random numbers in [0, 1). */
export const systemRandom = (): number => Math.random()
