import { COUNT_END, MS_END } from '../ground/defaults.ts'
import { MalformedError } from '../ground/errors.ts'
import { isWhole } from '../ground/options.ts'
import type { Stamp } from '../ground/types.ts'
import { isNode } from './node.ts'

/** `stamp` itself, or a `MalformedError`. The node may be a bound's: empty or `~`. */
export function checkStamp(stamp: Stamp): Stamp {
  const { ms, count, node } = stamp
  if (isWhole(ms, MS_END) && isWhole(count, COUNT_END) && (isNode(node) || node === '' || node === '~')) return stamp
  throw new MalformedError('a stamp { ms: 0 to 2^48-1, count: 0 to 65535, node }', stamp)
}

/** The order of stamps: −1, 0 or 1. It agrees with cause and effect, but `a` before `b` does not mean that `a` caused `b`. */
export function compare(a: Stamp, b: Stamp): -1 | 0 | 1 {
  if (a.ms !== b.ms) return a.ms < b.ms ? -1 : 1
  if (a.count !== b.count) return a.count < b.count ? -1 : 1
  if (a.node === b.node) return 0
  return a.node < b.node ? -1 : 1
}

/** Whether both are the same moment of the same node. */
export function equals(a: Stamp, b: Stamp): boolean {
  return a.ms === b.ms && a.count === b.count && a.node === b.node
}

/** The later of two; fits `stamps.reduce(max)`. */
export function max(a: Stamp, b: Stamp): Stamp {
  return compare(a, b) < 0 ? b : a
}

/** Before every stamp of that millisecond: the lower end of a scan. */
export function floor(ms: number): Stamp {
  return checkStamp({ ms: Math.floor(ms), count: 0, node: '' })
}

/** After every stamp of that millisecond: the upper end of a scan, or "everything up to then" for a snapshot. */
export function ceil(ms: number): Stamp {
  return checkStamp({ ms: Math.floor(ms), count: COUNT_END - 1, node: '~' })
}

/** The physical part as a date: exact to the millisecond, and ahead of true time by at most the clock's lead. */
export function toDate(stamp: Stamp): Date {
  return new Date(stamp.ms)
}
