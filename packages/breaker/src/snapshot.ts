import type { BreakerState } from './events.ts'

/** A breaker's state as plain data: what it takes to go on elsewhere. Windows are not part of it; a new process learns anew. */
export interface BreakerSnapshot {
  readonly version: 1
  readonly name: string
  readonly state: BreakerState
  /** Openings in a row without a closing between them. */
  readonly openings: number
  /** Until the next probe may go, counted from `at`; 0 unless open. */
  readonly retryAfterMs: number
  /** When this was taken, Unix milliseconds. */
  readonly at: number
}

/** Whether it is a snapshot of this version, with numbers that make sense. */
export function isSnapshot(value: unknown): boolean {
  const { version, openings, retryAfterMs, at } = Object(value) as BreakerSnapshot
  return version === 1 && [openings, retryAfterMs, at].every((number) => Number.isFinite(number) && number >= 0)
}

/**
 * What is left of the wait now; undefined for a breaker that was closed. The time between two processes can only be told by the wall
 * clock, which may step, so what is left is never less than nothing and never more than it was.
 */
export function remainingWait({ openings, retryAfterMs, at }: BreakerSnapshot, now: number): number | undefined {
  if (openings === 0) return undefined
  return Math.min(retryAfterMs, Math.max(0, retryAfterMs - (now - at)))
}
