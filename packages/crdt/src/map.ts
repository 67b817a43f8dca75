/**
 * Maps alone: the last write of a key wins, by `@distrokit/hlc` stamp and then by actor. A deletion removes what it has seen and leaves no tombstone;
 * a concurrent write survives it. Deltas and states are plain JSON.
 * @module
 */
import { cellsOf, createDotted, type Delta } from './core/dotted.ts'
import { checkValue } from './core/value.ts'
import { MAX_KEY_LENGTH } from './ground/defaults.ts'
import { checkText } from './ground/options.ts'
import type { StampClock, Value } from './ground/types.ts'

export type { Delta, DeltaRow, DeltaSpan } from './core/dotted.ts'

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
  const store = createDotted(actor, clock, state)
  return {
    get size() { return store.entries.size },
    has: (key) => store.entries.has(key),
    get: (key) => cellsOf(store.entries.get(key)).at(-1)?.value as T | undefined,
    keys: () => store.entries.keys() as IterableIterator<string>,
    set: (key, value) => store.put(checkText(key, 'A map key', MAX_KEY_LENGTH), checkValue(value), true),
    delete: store.drop,
    join: store.join,
    state: store.state,
  }
}
