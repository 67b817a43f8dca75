/** A set that only grows, alone: the union is the join, so a state is the elements and nothing else. (G-set, Shapiro et al. 2011.) */
import { checkScalar, compareScalars } from './core/value.ts'
import { corrupt } from './ground/errors.ts'
import type { Scalar } from './ground/types.ts'

export interface GrowOnlySet<T extends Scalar> extends Iterable<T> {
  readonly size: number
  has(element: T): boolean
  /** Adds here and returns the delta for the others. */
  add(element: T): readonly T[]
  /** Takes in a delta or a state; whether it was new. Throws `CrdtError` on what is none, with nothing changed. */
  join(delta: readonly T[]): boolean
  /** Sorted: equal sets are equal JSON. */
  state(): readonly T[]
}

/** No replica needs a name: nothing tells who added an element. */
export function growOnlySet<T extends Scalar = string>(state: readonly T[] = []): GrowOnlySet<T> {
  const elements = new Set<T>()
  const join = (delta: readonly T[]): boolean => {
    const before = elements.size
    for (const element of checked(delta)) elements.add(element as T)
    return elements.size > before
  }
  join(state)
  return {
    get size() { return elements.size },
    has: (element) => elements.has(element),
    add(element) {
      const delta = [checkScalar(element) as T]
      elements.add(delta[0]!)
      return delta
    },
    join,
    state: () => [...elements].sort(compareScalars),
    [Symbol.iterator]: () => elements.values(),
  }
}

function checked(elements: readonly Scalar[]): readonly Scalar[] {
  try {
    return elements.map(checkScalar)
  } catch {
    throw corrupt('they are no list of elements')
  }
}
