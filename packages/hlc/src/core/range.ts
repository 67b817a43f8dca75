import { MalformedError } from '../ground/errors.ts'
import { isWhole } from '../ground/options.ts'
import type { Range, Stamp } from '../ground/types.ts'
import { shift } from './tick.ts'

/** Consecutive stamps. Nothing is stored but the ends: each is computed when asked for. */
class StampRange implements Range {
  readonly first: Stamp
  readonly last: Stamp
  readonly size: number

  constructor(first: Stamp, last: Stamp, size: number) {
    this.first = first
    this.last = last
    this.size = size
  }

  at(index: number): Stamp {
    if (isWhole(index, this.size)) return shift(this.first, index, this.first.node)
    throw new MalformedError(`an index below ${this.size}`, index)
  }

  /** By hand, for a generator costs five times the stamp. */
  [Symbol.iterator](): Iterator<Stamp> {
    const { first, size } = this
    let index = 0
    return {
      next: () => (index < size ? { done: false, value: shift(first, index++, first.node) } : { done: true, value: undefined }),
    }
  }
}

/** The `size` stamps from `first` to `last`. */
export function rangeOf(first: Stamp, last: Stamp, size: number): Range {
  return new StampRange(first, last, size)
}
