/**
 * Registers alone: one value, of which the last write wins (by `@distrokit/hlc` stamp, then by actor), with the concurrent ones still to be seen.
 * Deltas and states are plain JSON.
 * @module
 */
import { compareWrites, newest, type Candidate } from './core/candidate.ts'
import { createDotted, type Delta } from './core/dotted.ts'
import { checkValue } from './core/value.ts'
import type { StampClock, Value } from './ground/types.ts'

export type { Delta, DeltaCandidate, DeltaSpan } from './core/dotted.ts'

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
  const store = createDotted(actor, clock)
  if (state !== undefined) store.join(state)
  const { ids } = store.actors
  return {
    get value() {
      const cell = store.entries.get('')
      return cell && (newest(cell, ids).value as T)
    },
    get values() {
      const list: Candidate<Value>[] = []
      for (let at = store.entries.get(''); at !== undefined; at = at.next) list.push(at)
      return list.sort((a, b) => compareWrites(a.write, b.write, ids)).map((one) => one.value as T)
    },
    set: (value) => store.put('', checkValue(value), true),
    join: store.join,
    state: store.state,
  }
}
