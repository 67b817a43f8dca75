/**
 * Maps alone: the last write of a key wins, by `@distrokit/hlc` stamp and then by actor. A deletion removes what it has seen and leaves no tombstone;
 * a concurrent write survives it. Deltas and states are plain JSON.
 * @module
 */
import { newest } from './core/candidate.ts'
import { createDotted, type Delta } from './core/dotted.ts'
import { checkValue } from './core/value.ts'
import { checkKey } from './ground/options.ts'
import type { StampClock, Value } from './ground/types.ts'

export type { Delta, DeltaCandidate, DeltaSpan } from './core/dotted.ts'

export interface LwwMap<T extends Value> {
  readonly size: number
  has(key: string): boolean
  get(key: string): T | undefined
  keys(): IterableIterator<string>
  /** Writes here and returns the delta for the others. */
  set(key: string, value: T): Delta
  /** Undefined when the key was not there. */
  delete(key: string): Delta | undefined
  /** Takes in a delta or a state; whether it was new. Throws `CrdtError` or the clock's `DriftError`, with nothing changed. */
  join(delta: Delta): boolean
  state(): Delta
}

export interface LwwMapOptions {
  /** Default: a count of its own (Lamport), without time. */
  readonly clock?: StampClock
  readonly state?: Delta
}

/** `actor` names this replica; no other may use it. */
export function lwwMap<T extends Value = Value>(actor: string, { clock, state }: LwwMapOptions = {}): LwwMap<T> {
  const store = createDotted(actor, clock)
  if (state !== undefined) store.join(state)
  return {
    get size() { return store.entries.size },
    has: (key) => store.entries.has(key),
    get(key) {
      const cell = store.entries.get(key)
      return cell && (newest(cell, store.actors.ids).value as T)
    },
    keys: () => store.entries.keys() as IterableIterator<string>,
    set: (key, value) => store.put(checkKey(key), checkValue(value), true),
    delete: (key) => store.drop(checkKey(key)),
    join: store.join,
    state: store.state,
  }
}
