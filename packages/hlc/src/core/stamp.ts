import { isWhole } from '../ground/check.ts'
import { MAX_COUNT, MAX_MS } from '../ground/defaults.ts'
import { MalformedError } from '../ground/errors.ts'
import type { Moment, Stamp } from '../ground/types.ts'
import { isNode } from './node.ts'

const A_STAMP = 'a stamp: ms below 2^48, count below 2^16, node'

/** A `MalformedError` unless `stamp` is one. Its node may be a bound's: empty or `~`. */
export function checkStamp(stamp: Stamp): void {
  // One expression, and the refusal apart: small enough to become part of `receive`.
  if (!(isRecord(stamp) && areFields(stamp.ms, stamp.count, stamp.node))) refuse(stamp)
}

/** Whether there is something to read fields of. */
export function isRecord(stamp: Stamp): boolean {
  return typeof stamp === 'object' && stamp !== null
}

/** Whether fields that were read already are a stamp's: one which no function is handed need not be made in memory. */
export function areFields(ms: number, count: number, node: string): boolean {
  return isWhole(ms, 0, MAX_MS) && (count & MAX_COUNT) === count && isNode(node)
}

/** Tells a stamp by its fields; a text that nobody decoded, or nothing at all, as what it is. */
export function refuse(stamp: Stamp): never {
  throw new MalformedError(A_STAMP, isRecord(stamp) ? [stamp.ms, stamp.count, stamp.node] : stamp)
}

/** How far `a` is ahead of `b` in hybrid time, where nodes play no part. Only the sign tells. */
export function ahead(a: Moment, b: Moment): number {
  return a.ms - b.ms || a.count - b.count
}

/** The order of stamps: −1, 0 or 1. It agrees with cause and effect, but `a` before `b` does not mean that `a` caused `b`. */
export function compare(a: Stamp, b: Stamp): -1 | 0 | 1 {
  return Math.sign(ahead(a, b) || (a.node < b.node ? -1 : Number(a.node > b.node))) as -1 | 0 | 1
}

/** Whether both are the same moment of the same node. */
export function equals(a: Stamp, b: Stamp): boolean {
  return compare(a, b) === 0
}

/** The later of two; fits `stamps.reduce(max)`. */
export function max(a: Stamp, b: Stamp): Stamp {
  return compare(a, b) < 0 ? b : a
}

function bound(ms: number, count: number, node: string): Stamp {
  const stamp = { ms: Math.floor(ms), count, node }
  checkStamp(stamp)
  return stamp
}

/** Before every stamp of that millisecond: the lower end of a scan. */
export function floor(ms: number): Stamp {
  return bound(ms, 0, '')
}

/** After every stamp of that millisecond: the upper end of a scan, or "everything up to then" for a snapshot. */
export function ceil(ms: number): Stamp {
  return bound(ms, MAX_COUNT, '~')
}

/** The physical part as a date: exact to the millisecond, and ahead of true time by at most the clock's lead. */
export function toDate(stamp: Stamp): Date {
  return new Date(stamp.ms)
}
