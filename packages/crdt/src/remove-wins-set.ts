/**
 * A remove-wins set, alone: a removal beats an addition that has not seen it, as for revoked rights. A place for each element with what was last said of it, true or false;
 * what was removed is remembered until it is added again.
 */
import { createDotted, type Cell, type Delta } from './core/dotted.ts'
import { checkScalar } from './core/value.ts'
import type { Scalar } from './ground/types.ts'

export interface RemoveWinsSet<T extends Scalar> extends Iterable<T> {
  readonly size: number
  has(element: T): boolean
  /** Adds here and returns the delta for the others. It loses to removals that have not seen it. */
  add(element: T): Delta
  /** Removes what is in; undefined when it was not. */
  delete(element: T): Delta | undefined
  /** Takes in a delta or a state; whether it was new. Throws `CrdtError` on what is none, with nothing changed. */
  join(delta: Delta): boolean
  state(): Delta
}

/** `actor` names this replica; no other may use it. */
export function removeWinsSet<T extends Scalar = string>(actor: string, state?: Delta): RemoveWinsSet<T> {
  const store = createDotted(actor, undefined, state)
  const has = (element: Scalar): boolean => isMember(store.entries.get(element))
  const members = (): T[] => [...store.entries.keys()].filter(has) as T[]
  return {
    get size() { return members().length },
    has,
    add: (element) => store.put(checkScalar(element), true),
    delete: (element) => (has(element) ? store.put(element, false) : undefined),
    join: store.join,
    state: store.state,
    [Symbol.iterator]: () => members().values(),
  }
}

/** Something says so, and nothing says otherwise. */
function isMember(cell: Cell | undefined): boolean {
  for (let at = cell; at !== undefined; at = at.next) if (at.value === false) return false
  return cell !== undefined
}
