/**
 * Counters: each actor keeps the sums of what it added and what it took away, and its newest row wins. Sums, not steps: a delta that arrives twice changes nothing.
 * (PN-counter, Shapiro et al. 2011.)
 *
 * Resetting a counter (deleting its key from a map) stores, per actor, the row that the resetter had seen as that actor's base. The value counts from the base, so
 * an increment that the resetter had not seen survives exactly, and none that it had seen comes back (riak's reset anomaly). The price is a base per actor
 * that ever counted there.
 */
import { MAX_COUNT } from '../ground/defaults.ts'
import { show } from '../ground/options.ts'

/** What one actor has counted by its operation `seq`: `up` and `down` only ever grow. */
export interface Row {
  readonly seq: number
  readonly up: number
  readonly down: number
}

/** One actor's side of a counter. At least one is there; `row.seq > base.seq` where both are. */
export interface Tally {
  readonly row: Row | undefined
  readonly base: Row | undefined
}

export function joinTally(mine: Tally | undefined, yours: Tally): Tally {
  if (mine === undefined) return yours
  const base = later(mine.base, yours.base)
  const newest = later(mine.row, yours.row)
  const row = newest !== undefined && (base === undefined || newest.seq > base.seq) ? newest : undefined
  return row === mine.row && base === mine.base ? mine : { row, base }
}

const later = (a: Row | undefined, b: Row | undefined): Row | undefined => (a === undefined || (b !== undefined && b.seq > a.seq) ? b : a)

export const tallyValue = ({ row, base }: Tally): number => (row === undefined ? 0 : row.up - row.down - (base === undefined ? 0 : base.up - base.down))

export function count(mine: Tally | undefined, amount: number, seq: number): Tally {
  const last = mine?.row ?? mine?.base ?? { up: 0, down: 0 }
  const row = { seq, up: last.up + Math.max(amount, 0), down: last.down + Math.max(-amount, 0) }
  if (row.up > MAX_COUNT || row.down > MAX_COUNT) throw new RangeError(`A counter adds up to at most ${MAX_COUNT} in each direction per actor; adding ${amount} goes beyond.`)
  return { row, base: mine?.base }
}

export function checkAmount(amount: unknown): number {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`A counter adds whole numbers within ±2^53; got ${show(amount)}. Count in the smallest unit.`)
  return amount as number
}
