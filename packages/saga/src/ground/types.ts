/** The shapes that every floor shares. */

export interface Timer {
  cancel(): void
}

/** The outside world's time. `now` is wall time and used for ids only; leases, timers and deadlines follow the store's clock, carried by `monotonic`. */
export interface Clock {
  /** Milliseconds since 1970. May step. */
  now(): number
  /** Milliseconds since any fixed point. Never steps back. */
  monotonic(): number
  /** Calls `run` once, `ms` milliseconds from now. */
  after(ms: number, run: () => void): Timer
}

/** pino's shape, and that of most others. */
export interface Logger {
  debug(fields: object, message?: string): void
  info(fields: object, message?: string): void
  warn(fields: object, message?: string): void
  error(fields: object, message?: string): void
}

/**
 * How values become text in the log, and come back. Both directions are synchronous; encryption goes here.
 * `decode(encode(value))` must be the value that a saga may see: it is what the saga gets, live and at replay.
 */
export interface Codec {
  encode(value: unknown): string
  decode(text: string): unknown
  /** Both at once, where that is cheaper than one after the other. */
  both?(value: unknown): Encoded
}

/** A value's text, and what the text gives back. */
export interface Encoded {
  readonly text: string
  readonly value: unknown
}

/** Where a saga is. Nothing else exists. */
export type SagaState = 'running' | 'waiting' | 'compensating' | 'completed' | 'compensated' | 'stuck'

/** An error as plain data: what the log keeps, and what a saga's `catch` sees again, live and at replay. */
export interface Failure {
  readonly name: string
  readonly message: string
  readonly code?: string
  /** The error's own plain fields, encoded. */
  readonly fields?: string
  readonly cause?: Failure
  readonly errors?: readonly Failure[]
}

/** Waits between attempts: `min(maxMs, baseMs × factor^(attempt-1))`, of which `jitter` is left to chance. */
export interface RetryOptions {
  /** Attempts after the first. 0 or more, may be `Infinity`. */
  readonly retries?: number
  /** First wait in ms. */
  readonly baseMs?: number
  /** Longest wait in ms. */
  readonly maxMs?: number
  /** Growth of the wait. 1 or more. */
  readonly factor?: number
  /** Share of each wait that is left to chance, 0..1. */
  readonly jitter?: number
  /** Says which errors are worth another attempt. `TypeError`s that are no network failures never are (p-retry's rule). */
  readonly when?: (error: Error) => boolean
}

export type Maybe<T> = T | PromiseLike<T>
