/** The only file that looks at the outside world; each default looks the global up when called. */

export interface Clock {
  /** Milliseconds that never step back. */
  monotonic(): number
  /** One timer. */
  after(ms: number, run: () => void): { cancel(): void }
}

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return { cancel: () => clearTimeout(timer) }
  },
}

export const systemRandom = (): number => Math.random()
