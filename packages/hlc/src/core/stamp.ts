import { COUNT_END, MS_END } from '../ground/defaults.ts'
import { MalformedError } from '../ground/errors.ts'
import type { Stamp } from '../ground/types.ts'

/** The last id that was found good: a clock stamps with one id, so that most checks are one comparison. */
let known = ''

/** Whether `id` may name a node. ASCII without `-` (the separator of the text) and `~` (the end of every order, see `ceil`). */
export function isNode(id: unknown): id is string {
  if (id === known) return id !== ''
  if (typeof id !== 'string' || !/^[\w.:]{1,64}$/.test(id)) return false
  known = id
  return true
}

/** `id` itself, or an error that says what an id is made of. */
export function checkNode(id: unknown): string {
  if (isNode(id)) return id
  throw new MalformedError("a node id of 1 to 64 letters, digits, '_', '.' or ':' (no '-': it separates the id in the text)", id)
}

/** Whether the numbers of `stamp` are in range; its node may be a bound's. */
export function isStamp(stamp: unknown): stamp is Stamp {
  const { ms, count, node } = (stamp ?? {}) as Partial<Stamp>
  return (
    Number.isInteger(ms) && (ms as number) >= 0 && (ms as number) < MS_END &&
    Number.isInteger(count) && (count as number) >= 0 && (count as number) < COUNT_END &&
    (node === '' || node === '~' || isNode(node))
  )
}

/** `stamp` itself, or a `MalformedError`. */
export function checkStamp(stamp: Stamp): Stamp {
  if (isStamp(stamp)) return stamp
  throw new MalformedError('a stamp { ms: 0 to 2^48 − 1, count: 0 to 65535, node }', stamp)
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

/** The physical part as a date; exact to the millisecond, and ahead of the true time by at most the clock's lead. */
export function toDate(stamp: Stamp): Date {
  return new Date(stamp.ms)
}
