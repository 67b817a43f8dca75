import { MalformedError } from '../ground/errors.ts'
import { isWhole } from '../ground/options.ts'
import type { Range, Stamp } from '../ground/types.ts'
import { shift } from './tick.ts'

/** The `size` stamps from `first` on. Nothing is stored: each is computed when asked for. */
export function rangeFrom(first: Stamp, size: number): Range {
  const at = (index: number): Stamp => {
    if (isWhole(index, size)) return shift(first, index, first.node)
    throw new MalformedError(`an index below ${size}`, index)
  }
  return {
    first,
    last: at(size - 1),
    size,
    at,
    *[Symbol.iterator]() {
      for (let index = 0; index < size; index++) yield at(index)
    },
  }
}
