import { nextWord, wordsFrom } from './sfc32.ts'
import { integer, share } from '../ground/options.ts'

/**
 * Seeded randomness. Call it for a number in [0, 1), like `Math.random`, which it may replace wherever a
 * `random: () => number` is asked for.
 *
 * Not for secrets: the stream can be computed from a few of its outputs.
 */
export interface Random {
  (): number
  /** The seed and the labels that lead here, for messages: `7/net/a→b`. */
  readonly path: string
  /**
   * A stream of its own, which depends on the seed and the labels alone and never on how much was drawn
   * before: a change in one part of a simulation does not shift the others. The same label gives the same stream.
   */
  fork(label: string | number): Random
  /** An integer from `min` to `max`, both included, each equally likely. RangeError unless both are safe integers and min ≤ max. */
  integer(min: number, max: number): number
  /** True with probability `share` (0..1). Draws once whatever the share is, so that changing it shifts nothing else. */
  chance(share: number): boolean
  /** One element, each equally likely. RangeError for an empty list. */
  pick<T>(list: readonly T[]): T
  /** A new array with the elements in random order (Fisher and Yates). */
  shuffle<T>(list: Iterable<T>): T[]
  /** `length` random bytes. */
  bytes(length: number): Uint8Array
}

const TWO_32 = 2 ** 32
const TWO_53 = 2 ** 53

/** A stream of randomness from a seed (any finite number or any text); equal seeds give equal streams on every machine. */
export function createRandom(seed: string | number): Random {
  if (typeof seed !== 'string' && !Number.isFinite(seed)) {
    throw new TypeError(`Expected seed to be a text or a finite number, got ${String(seed)}. Write the seed down: it is the only way back to this run.`)
  }
  return stream(String(seed))
}

function stream(path: string): Random {
  const words = wordsFrom(path)
  const random = (): number => (nextWord(words) >>> 5) * 2 ** -27 + (nextWord(words) >>> 6) * 2 ** -53

  // Rejection keeps every value equally likely; at worst every second draw is thrown away.
  const below = (bound: number): number => {
    const wide = bound > TWO_32
    const range = wide ? TWO_53 : TWO_32
    const fair = range - (range % bound)
    for (;;) {
      const drawn = wide ? random() * TWO_53 : nextWord(words)
      if (drawn < fair) return drawn % bound
    }
  }

  return Object.assign(random, {
    path,
    fork: (label: string | number): Random => stream(`${path}/${label}`),
    integer(min: number, max: number): number {
      integer('min', min, Number.MIN_SAFE_INTEGER)
      integer('max', max, min)
      const span = max - min + 1
      if (!Number.isSafeInteger(span)) throw new RangeError(`Expected max - min to be below 2^53, got ${min}..${max}. Draw two smaller integers instead.`)
      return min + below(span)
    },
    chance(odds: number): boolean {
      share('share', odds)
      return random() < odds
    },
    pick<T>(list: readonly T[]): T {
      if (list.length === 0) throw new RangeError('Expected a list with at least one element to pick from, got an empty one. Check the length before picking.')
      return list[below(list.length)] as T
    },
    shuffle<T>(list: Iterable<T>): T[] {
      const shuffled = [...list]
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = below(last + 1)
        const moved = shuffled[last] as T
        shuffled[last] = shuffled[other] as T
        shuffled[other] = moved
      }
      return shuffled
    },
    bytes(length: number): Uint8Array {
      const bytes = new Uint8Array(integer('length', length, 0, TWO_32 - 1))
      for (let at = 0; at < bytes.length; at++) bytes[at] = nextWord(words) >>> 24
      return bytes
    },
  })
}
