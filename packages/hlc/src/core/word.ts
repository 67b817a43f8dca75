import type { Moment } from '../ground/types.ts'

// One 64-bit number seen as two of 32 bits: so a stamp becomes a BigInt, and back, without arithmetic on BigInts.
const whole = new BigUint64Array(1)
const halves = new Uint32Array(whole.buffer)
const bytes = new Uint8Array(whole.buffer)
whole[0] = 1n
const low = bytes[0] === 1 ? 0 : 1
const high = 1 - low

/** Hybrid time as one unsigned 64-bit number: 48 bits of milliseconds, 16 of counter. Its order is that of time. */
export function pack({ ms, count }: Moment): bigint {
  halves[low] = (ms % 65_536) * 65_536 + count
  halves[high] = ms / 65_536
  return whole[0]!
}

/** What `pack` made `word` of. */
export function unpack(word: bigint): Moment {
  whole[0] = word
  const half = halves[low]!
  return { ms: halves[high]! * 65_536 + (half >>> 16), count: half & 65_535 }
}
