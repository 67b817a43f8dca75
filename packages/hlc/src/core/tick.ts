import { COUNT_END, MS_END } from '../ground/defaults.ts'
import { ClockError } from '../ground/errors.ts'
import type { Stamp } from '../ground/types.ts'
import { checkStamp } from './stamp.ts'

/**
 * The whole algorithm: the stamp of the next event after (`ms`, `count`), at a moment when the wall clock shows `wallMs`.
 * Physical time where it has moved on, one count more where it has not, and a full counter carries into the next millisecond.
 * A receive is the same step from the greater of what is known here and what came.
 *
 * Kulkarni, Demirbas, Madeppa, Avva, Leone: Logical Physical Clocks (2014), figure 5, with the counter bounded.
 */
export function advance(ms: number, count: number, node: string, wallMs: number): Stamp {
  if (!(wallMs > -Infinity && wallMs < MS_END)) throw new ClockError('wall time as finite milliseconds below 2^48', wallMs)
  const wall = Math.floor(wallMs)
  if (wall > ms) return { ms: wall, count: 0, node }
  if (count + 1 < COUNT_END) return { ms, count: count + 1, node }
  if (ms + 1 < MS_END) return { ms: ms + 1, count: 0, node }
  throw new ClockError('hybrid time below 2^48 ms', { ms, count })
}

/** Whether `a` is further in hybrid time than `b`; nodes play no part. */
export function isAhead(a: Stamp, b: Stamp): boolean {
  return a.ms > b.ms || (a.ms === b.ms && a.count > b.count)
}

/** The stamp of a local or send event of `state.node`. Pure: for stores, replay and models. */
export function tick(state: Stamp, wallMs: number): Stamp {
  const { ms, count, node } = checkStamp(state)
  return advance(ms, count, node, wallMs)
}

/** The stamp of receiving `remote` at `state.node`: after both. Pure, and without a drift bound: that is the clock's to keep. */
export function merge(state: Stamp, remote: Stamp, wallMs: number): Stamp {
  const { ms, count } = isAhead(checkStamp(remote), checkStamp(state)) ? remote : state
  return advance(ms, count, state.node, wallMs)
}
