import { check } from '../ground/check.ts'
import { COUNT_END, MS_END } from '../ground/defaults.ts'
import type { Stamp } from '../ground/types.ts'
import { checkStamp } from './stamp.ts'

/** The stamp that is `steps` counts after `from`: a full counter carries into the next millisecond, however often. */
export function shift(from: Stamp, steps: number, node: string): Stamp {
  const count = from.count + steps
  if (count < COUNT_END) return { ms: from.ms, count, node }
  const ms = from.ms + Math.floor(count / COUNT_END)
  check(ms < MS_END, 'hybrid time below 2^48 ms', ms)
  return { ms, count: count % COUNT_END, node }
}

/**
 * The whole algorithm: the stamp of `node`'s next event after `from`, when the wall clock shows `wallMs`. Physical time where that has
 * moved on, else one count more. A receive is the same step from the greater of what is known here and what came.
 *
 * Kulkarni, Demirbas, Madeppa, Avva, Leone: Logical Physical Clocks (2014), with the counter bounded.
 */
export function advance(from: Stamp, wallMs: number, node: string): Stamp {
  check(wallMs > -Infinity && wallMs < MS_END, 'a wall time below 2^48 ms', wallMs)
  const ms = Math.floor(wallMs)
  return ms > from.ms ? { ms, count: 0, node } : shift(from, 1, node)
}

/** Whether `a` is further in hybrid time than `b`; nodes play no part. */
export function isAhead(a: Stamp, b: Stamp): boolean {
  return a.ms > b.ms || (a.ms === b.ms && a.count > b.count)
}

/** The stamp of a local or send event of `state.node`. Pure: for stores, replay and models. */
export function tick(state: Stamp, wallMs: number): Stamp {
  checkStamp(state)
  return advance(state, wallMs, state.node)
}

/** The stamp of receiving `remote` at `state.node`: after both. Pure, and without a drift bound: that is the clock's to keep. */
export function merge(state: Stamp, remote: Stamp, wallMs: number): Stamp {
  checkStamp(state)
  checkStamp(remote)
  return advance(isAhead(remote, state) ? remote : state, wallMs, state.node)
}
