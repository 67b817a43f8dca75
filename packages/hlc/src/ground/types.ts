/**
 * One moment of one node: physical milliseconds, a counter for the events inside that millisecond, and who it was.
 * Ordered by `ms`, then `count`, then `node` (code units). Plain data: safe to clone, to serialise, to compare by field.
 */
export interface Stamp {
  /** Whole milliseconds since 1970, 0 to 2^48 − 1. */
  readonly ms: number
  /** Events within the millisecond, 0 to 65 535. */
  readonly count: number
  /** The node's id: 1 to 64 of `A-Z a-z 0-9 _ . :`; empty or `~` only in bounds, empty also in bytes read without a node. */
  readonly node: string
}

/** Hybrid time at one instant: a stamp without its node. */
export type Moment = Pick<Stamp, 'ms' | 'count'>

/** A run of consecutive stamps that were taken in one step; nobody else will ever hold one of them. */
export interface Range extends Iterable<Stamp> {
  readonly first: Stamp
  readonly last: Stamp
  readonly size: number
  /** The stamp at `index`, 0 to `size − 1`. */
  at(index: number): Stamp
}
