/** A timer that has been set. Cancelling twice, or after it ran, is harmless. */
export interface Timer {
  cancel(): void
}

/** The outside world's time, in the shape that every distrokit package takes as its `clock` option. */
export interface Clock {
  /** Wall time in milliseconds since 1970. May step, in both directions. */
  now(): number
  /** Milliseconds since an arbitrary start. Never steps back. */
  monotonic(): number
  /** Runs `run` once, `ms` milliseconds of monotonic time from now. */
  after(ms: number, run: () => void): Timer
}

/** Something that was subscribed and can be let go. */
export interface Subscription {
  [Symbol.dispose](): void
}
