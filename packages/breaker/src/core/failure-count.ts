import { FAILURE_RATIO, SMALLEST_SHARE } from '../ground/defaults.ts'
import { count, expect, read, share } from '../ground/options.ts'
import type { Rule, Window } from './rule.ts'

export interface FailureCountOptions {
  /** How many of the last calls are looked at: a whole number, 1 or more. */
  readonly size: number
  /** Opens when at least this share of them failed: above 0, at most 1. Default 0.5. */
  readonly ratio?: number
  /** Fewer calls than this never open: 1 to `size`. Default `size`; below 10 a single mishap weighs much. */
  readonly min?: number
}

/**
 * Opens when too many of the last `size` calls failed, however long they took to come. Needs no clock. Only a failing call opens.
 *
 * A ring of bits with a running sum: O(1) per call and `size / 8` bytes or so, which are allocated with the first call
 * (the idea of failsafe-go's bit set).
 *
 * @throws RangeError or TypeError for options out of their range
 */
export function failureCount(options: FailureCountOptions): Rule {
  const { size, ratio, min } = read('failureCount', options, {
    size: count(undefined),
    ratio: share(FAILURE_RATIO, SMALLEST_SHARE),
    min: count(undefined),
  })
  expect('failureCount', 'size', size, count(1, min))
  return new Bits({ size, ratio, min: min ?? size })
}

// 16 bits to a word keeps every word a small integer in all engines.
const WORD_SHIFT = 4
const WORD_MASK = 15

/** The rule and its window in one: a window that is started is an empty copy. */
class Bits implements Rule, Window {
  readonly #options: Required<FailureCountOptions>
  /** Bit i is 1 when the call in place i failed. */
  #words: number[] | undefined
  /** The place that the next call takes. */
  #next = 0
  /** Calls held, at most `size`. */
  #calls = 0
  /** The number of bits that are 1. */
  #failures = 0

  constructor(options: Required<FailureCountOptions>) {
    this.#options = options
  }

  get name(): string {
    const { ratio, size } = this.#options
    return `failureCount(${ratio} of ${size})`
  }

  start(): Window {
    return new Bits(this.#options)
  }

  record(failed: boolean): boolean {
    this.#keep(failed)
    const { ratio, min } = this.#options
    return failed && this.#calls >= min && this.#failures >= ratio * this.#calls
  }

  /** In the place of the call that is the longest ago, once all places are taken. */
  #keep(failed: boolean): void {
    const { size } = this.#options
    const words = (this.#words ??= Array.from({ length: (size >> WORD_SHIFT) + 1 }, () => 0))
    const place = this.#next
    const at = place >> WORD_SHIFT
    const bit = 1 << (place & WORD_MASK)
    const word = words[at] as number
    if (this.#calls < size) this.#calls++
    else if ((word & bit) !== 0) this.#failures--
    if (failed) this.#failures++
    words[at] = failed ? word | bit : word & ~bit
    this.#next = place + 1 === size ? 0 : place + 1
  }

  describe(): string {
    return `${this.#failures} of the last ${this.#calls} calls failed`
  }
}
