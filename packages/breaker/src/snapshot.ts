import type { Circuit } from './core/machine.ts'
import type { Clock } from './ground/clock.ts'
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

export function takeSnapshot(name: string, state: BreakerState, circuit: Circuit, clock: Pick<Clock, 'now' | 'monotonic'>): BreakerSnapshot {
  const retryAfterMs = circuit.phase === 'open' ? Math.max(0, circuit.until - clock.monotonic()) : 0
  return { version: 1, name, state, openings: circuit.openings, retryAfterMs, at: clock.now() }
}

/** @throws TypeError when it is not a snapshot of this version */
export function checkSnapshot(snapshot: BreakerSnapshot): void {
  const { version, openings, retryAfterMs, at } = snapshot
  if (version !== 1 || ![openings, retryAfterMs, at].every((value) => Number.isFinite(value) && value >= 0)) {
    throw new TypeError(`createBreaker: restore must be a snapshot of version 1; got ${JSON.stringify(snapshot)}`)
  }
}

/**
 * What is left of the wait now; undefined for a breaker that was closed. The time between two processes can only be told by the wall
 * clock, which may step, so what is left is never less than nothing and never more than it was.
 */
export function remainingWait({ openings, retryAfterMs, at }: BreakerSnapshot, now: number): number | undefined {
  if (openings === 0) return undefined
  return Math.min(retryAfterMs, Math.max(0, retryAfterMs - (now - at)))
}
