import type { Breaker } from './breaker.ts'
import type { BreakerState } from './events.ts'
import { check, expect } from './ground/options.ts'
import { inside } from './inside.ts'

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

/**
 * Plain versioned data for `restore`, in this process or another.
 *
 * @throws TypeError for a breaker that `createBreaker` did not make
 */
export function snapshot(breaker: Breaker): BreakerSnapshot {
  const { name, state, openings, retryAfterMs, clock } = inside('snapshot', breaker)
  return { version: 1, name, state, openings, retryAfterMs, at: clock.now() }
}

/**
 * Lets a breaker go on where another stopped, and gives it back. The time between the two can only be told by the wall clock, which may
 * step, so what is left of the wait is never less than nothing and never more than it was. A snapshot of a closed breaker changes nothing.
 *
 * @throws TypeError for what is no snapshot of this version, and for a breaker that `createBreaker` did not make; nothing has changed then
 */
export function restore(breaker: Breaker, saved: BreakerSnapshot): Breaker {
  const circuit = inside('restore', breaker)
  expect('restore', 'saved', saved, check(saved, 'a snapshot of version 1', isSnapshot))
  const { openings, retryAfterMs, at } = saved
  if (openings === 0) return breaker
  const before = circuit.state
  circuit.openings = openings - 1
  circuit.turn('open', 'restored')
  circuit.until = circuit.clock.monotonic() + Math.min(retryAfterMs, Math.max(0, retryAfterMs - (circuit.clock.now() - at)))
  circuit.moved(before, 'restored')
  return breaker
}

function isSnapshot(value: unknown): boolean {
  const { version, openings, retryAfterMs, at } = Object(value) as BreakerSnapshot
  return version === 1 && [openings, retryAfterMs, at].every((number) => Number.isFinite(number) && number >= 0)
}
