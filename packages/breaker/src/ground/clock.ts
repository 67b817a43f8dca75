// The only file that touches ambient time and chance. The globals are looked up when called, so that fake timers of a test runner work too.

/** A timer that has been started. */
export interface Timer {
  /** Stops it; harmless after it has fired. */
  cancel(): void
}

/** Time, as every policy here sees it. Each asks only for the parts it uses. */
export interface Clock {
  /** Wall clock, Unix milliseconds. For records, never for durations. */
  now(): number
  /** Milliseconds that never step back, from any origin. For deadlines and windows. */
  monotonic(): number
  /** Runs once, about `ms` milliseconds from now. */
  after(ms: number, run: () => void): Timer
}

/** A source of chance: uniform in [0, 1). */
export type Random = () => number

const now = (): number => Date.now()
const monotonic = (): number => performance.now()

/** The runtime's own time. Apart from its timers, for those who start none. */
export const systemTime: Pick<Clock, 'now' | 'monotonic'> = { now, monotonic }

/** The runtime's own time and timers. */
export const systemClock: Clock = {
  now,
  monotonic,
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return { cancel: () => clearTimeout(timer) }
  },
}

/** The runtime's own randomness. */
export const systemRandom: Random = () => Math.random()

/** The runtime's own `fetch`. */
export const systemFetch = (input: string | URL | Request, init?: RequestInit): Promise<Response> => fetch(input, init)
