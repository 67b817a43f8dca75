/**
 * Registers alone: one value, of which the last write wins (by `@distrokit/hlc` stamp, then by actor), with the concurrent ones still to be seen.
 * Deltas and states are plain JSON.
 * @module
 */
import { cellsOf, createDotted, type Delta } from './core/dotted.ts'
import { checkValue } from './core/value.ts'
import type { StampClock, Value } from './ground/types.ts'

export type { Delta, DeltaRow, DeltaSpan } from './core/dotted.ts'

export interface Register<T extends Value> {
  /** The last write; undefined before the first. */
  readonly value: T | undefined
  /** All values of which no writer had seen another, oldest stamp first: a multi-value register. */
  readonly values: readonly T[]
  /** Writes here and returns the delta for the others. */
  set(value: T): Delta
  /** Takes in a delta or a state; whether it was new. Throws `CrdtError` or the clock's `DriftError`, with nothing changed. */
  join(delta: Delta): boolean
  state(): Delta
}

export interface RegisterHandleOptions {
  /** Default: a count of its own (Lamport), without time. */
  readonly clock?: StampClock
  readonly state?: Delta
}

/** `actor` names this replica; no other may use it. */
export function register<T extends Value = Value>(actor: string, { clock, state }: RegisterHandleOptions = {}): Register<T> {
  const store = createDotted(actor, clock, state)
  const values = (): T[] => cellsOf(store.entries.get('')).map((cell) => cell.value as T)
  return {
    get value() { return values().at(-1) },
    get values() { return values() },
    set: (value) => store.put('', checkValue(value), true),
    join: store.join,
    state: store.state,
  }
}
