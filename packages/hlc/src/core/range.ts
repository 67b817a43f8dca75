import { check, isWhole } from '../ground/check.ts'
import type { Range, Stamp } from '../ground/types.ts'
import { shift } from './tick.ts'

/** The `size` stamps from `first` on. Nothing is stored but the ends: each is computed when asked for. */
export function rangeFrom(first: Stamp, size: number): Range {
  const at = (index: number): Stamp => {
    check(isWhole(index, 0, size - 1), 'an index inside the range', index)
    return shift(first, index, first.node)
  }
  return {
    first,
    last: at(size - 1),
    size,
    at,
    // By hand, for a generator costs five times the stamp.
    [Symbol.iterator]() {
      let index = 0
      return { next: () => (index < size ? { value: at(index++) } : { value: undefined, done: true }) }
    },
  }
}
