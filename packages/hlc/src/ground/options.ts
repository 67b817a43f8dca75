import type { PhysicalClock } from './physical.ts'
import type { Stamp } from './types.ts'

/** Options of `createClock`; all may be left out. */
export interface ClockOptions {
  /**
   * This node's id, unique among all nodes that ever exchange stamps: 1 to 64 of `A-Z a-z 0-9 _ . :`.
   * Default: that of `start`, else 104 random bits in base 36, which is safe without any coordination.
   */
  readonly node?: string | undefined
  /** Where physical time comes from. Default: `Date.now`, looked up at each call. */
  readonly clock?: PhysicalClock | undefined
  /**
   * How far ahead of the wall clock here a remote stamp may be, in whole milliseconds, 0 to Infinity (which trusts every remote with the
   * clock). Exactly the bound is accepted. Default 60 000: far more than NTP leaves, far less than a wrong time zone.
   */
  readonly maxDriftMs?: number | undefined
  /** The clock continues after this stamp, for instance the last one that was stored. Default: the beginning of time. */
  readonly start?: Stamp | undefined
  /** Randomness in [0, 1) for the default `node`, asked twice. Default: `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** Options, checked. */
export interface Settings {
  readonly node: string
  readonly clock: PhysicalClock
  readonly maxDriftMs: number
  /** The state to begin with; it may be another node's. */
  readonly start: Stamp
}
