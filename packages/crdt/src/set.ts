/**
 * Sets alone: an add-wins set without tombstones (ORSWOT: Bieniusa et al. 2012, Riak), a remove-wins set and one that only grows.
 * Deltas and states are plain JSON.
 * @module
 */
import { createDotted, type Delta } from './core/dotted.ts'
import { checkScalar } from './core/value.ts'
import type { Scalar } from './ground/types.ts'

export type { Delta, DeltaRow, DeltaSpan } from './core/dotted.ts'
export { growOnlySet } from './grow-only-set.ts'
export type { GrowOnlySet } from './grow-only-set.ts'
export { removeWinsSet } from './remove-wins-set.ts'
export type { RemoveWinsSet } from './remove-wins-set.ts'

export interface AddWinsSet<T extends Scalar> extends Iterable<T> {
  readonly size: number
  has(element: T): boolean
  /** Adds here and returns the delta for the others. Adding again refreshes: it wins over removals that have not seen it. */
  add(element: T): Delta
  /** Removes what was seen; undefined when it was not there. */
  delete(element: T): Delta | undefined
  /** Takes in a delta or a state; whether it was new. Throws `CrdtError` on what is none, with nothing changed. */
  join(delta: Delta): boolean
  state(): Delta
}

/** `actor` names this replica; no other may use it. */
export function addWinsSet<T extends Scalar = string>(actor: string, state?: Delta): AddWinsSet<T> {
  const store = createDotted(actor, undefined, state)
  return {
    get size() { return store.entries.size },
    has: (element) => store.entries.has(element),
    add: (element) => store.put(checkScalar(element), true),
    delete: (element) => store.drop(element),
    join: store.join,
    state: store.state,
    [Symbol.iterator]: () => store.entries.keys() as IterableIterator<T>,
  }
}
