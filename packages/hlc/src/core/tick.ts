import { check } from '../ground/check.ts'
import { MAX_MS } from '../ground/defaults.ts'
import type { Moment, Stamp } from '../ground/types.ts'
import { ahead, checkStamp } from './stamp.ts'

/** The stamp that is `steps` counts after `from`: a full counter carries into the next millisecond, however often. */
export function shift(from: Moment, steps: number, node: string): Stamp {
  const count = from.count + steps
  const ms = from.ms + (count >>> 16)
  check(ms <= MAX_MS, 'time below 2^48 ms', ms)
  return { ms, count: count & 0xffff, node }
}

/**
 * The whole algorithm: the stamp of `node`'s next event after `from`, when the wall clock shows `wallMs`. Physical time where that has
 * moved on, else one count more. A receive is the same step from the greater of what is known here and what came.
 *
 * Kulkarni, Demirbas, Madeppa, Avva, Leone: Logical Physical Clocks (2014), with the counter bounded.
 */
export function advance(from: Moment, wallMs: number, node: string): Stamp {
  return wallMs > from.ms ? { ms: wallMs, count: 0, node } : shift(from, 1, node)
}

/** A reading of a wall clock in whole milliseconds. One before 1970 is taken: it is merely late. */
export function wholeMs(wallMs: number): number {
  check(wallMs > -Infinity && wallMs <= MAX_MS, 'time below 2^48 ms', wallMs)
  return Math.floor(wallMs)
}

/** The stamp of a local or send event of `state.node`. Pure: for stores, replay and models. */
export function tick(state: Stamp, wallMs: number): Stamp {
  checkStamp(state)
  return advance(state, wholeMs(wallMs), state.node)
}

/** The stamp of receiving `remote` at `state.node`: after both. Pure, and without a drift bound: that is the clock's to keep. */
export function merge(state: Stamp, remote: Stamp, wallMs: number): Stamp {
  checkStamp(state)
  checkStamp(remote)
  return advance(ahead(remote, state) > 0 ? remote : state, wholeMs(wallMs), state.node)
}
