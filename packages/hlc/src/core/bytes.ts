import { check } from '../ground/check.ts'
import type { Stamp } from '../ground/types.ts'
import { checkStamp } from './stamp.ts'

/**
 * The eight bytes of a stamp, most significant first: 6 of milliseconds, 2 of counter. They sort byte by byte like the text.
 * The node stands beside them (a column, a field, a connection): hand it to `fromBytes` again.
 * @param into where to write, from its first byte on; a new array by default
 */
export function toBytes(stamp: Stamp, into: Uint8Array = new Uint8Array(8)): Uint8Array {
  checkStamp(stamp)
  check(into instanceof Uint8Array && into.length >= 8, 'a Uint8Array of at least 8 bytes', into)
  const { ms, count } = stamp
  const high = Math.floor(ms / 2 ** 16)
  const low = ms % 2 ** 16
  into[0] = high >>> 24
  into[1] = high >>> 16
  into[2] = high >>> 8
  into[3] = high
  into[4] = low >>> 8
  into[5] = low
  into[6] = count >>> 8
  into[7] = count
  return into
}

/**
 * The stamp of exactly eight bytes. Every eight bytes are one; another length is a `MalformedError`.
 * @param node the id that was kept beside the bytes; empty when it is not known
 */
export function fromBytes(bytes: Uint8Array, node: string = ''): Stamp {
  check(bytes instanceof Uint8Array && bytes.length === 8, '8 bytes', bytes)
  const [a, b, c, d, e, f, g, h] = bytes as unknown as [number, number, number, number, number, number, number, number]
  const stamp = { ms: (a * 2 ** 24 + ((b << 16) | (c << 8) | d)) * 2 ** 16 + ((e << 8) | f), count: (g << 8) | h, node }
  checkStamp(stamp)
  return stamp
}
