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
    // By hand, for a generator costs five times the stamp; and each answer has the same shape, for two cost half a stamp more.
    [Symbol.iterator]() {
      let index = 0
      return {
        next() {
          const done = index >= size
          return { done, value: done ? undefined : shift(first, index++, first.node) } as IteratorResult<Stamp>
        },
      }
    },
  }
}
