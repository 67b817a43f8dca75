import { COUNT_END } from '../ground/defaults.ts'
import type { Range, Stamp } from '../ground/types.ts'

/** The stamp that is `steps` counts after `stamp`, carrying into time as often as needed. The caller keeps it below 2^48 ms. */
export function shift(stamp: Stamp, steps: number): Stamp {
  const count = stamp.count + steps
  if (count < COUNT_END) return { ms: stamp.ms, count, node: stamp.node }
  return { ms: stamp.ms + Math.floor(count / COUNT_END), count: count % COUNT_END, node: stamp.node }
}

/** The `size` stamps from `first` on. Nothing is stored: each is computed when asked for. */
export function rangeFrom(first: Stamp, size: number): Range {
  const range: Range = {
    first,
    last: shift(first, size - 1),
    size,
    at(index) {
      if (Number.isInteger(index) && index >= 0 && index < size) return shift(first, index)
      throw new RangeError(`expected an index of 0 to ${size - 1}, got ${index}`)
    },
    *[Symbol.iterator]() {
      for (let index = 0; index < size; index++) yield shift(first, index)
    },
  }
  return range
}
