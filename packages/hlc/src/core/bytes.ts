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
  const view = viewOf(into)
  // What does not fit is cut off from the left.
  view.setUint32(0, stamp.ms / 2 ** 16)
  view.setUint16(4, stamp.ms)
  view.setUint16(6, stamp.count)
  return into
}

/**
 * The stamp of exactly eight bytes. Every eight bytes are one; another length is a `MalformedError`.
 * @param node the id that was kept beside the bytes; empty when it is not known
 */
export function fromBytes(bytes: Uint8Array, node: string = ''): Stamp {
  check(bytes instanceof Uint8Array && bytes.length === 8, '8 bytes', bytes)
  const view = viewOf(bytes)
  const stamp = { ms: view.getUint32(0) * 2 ** 16 + view.getUint16(4), count: view.getUint16(6), node }
  checkStamp(stamp)
  return stamp
}

function viewOf({ buffer, byteOffset }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset)
}
