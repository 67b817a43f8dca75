import { MAX_DRIFT_MS } from './defaults.ts'
import { show } from './errors.ts'
import type { PhysicalClock, Stamp } from './types.ts'

/** Options of `createClock`; all may be left out. */
export interface ClockOptions {
  /**
   * This node's id, unique among all nodes that ever exchange stamps: 1 to 64 of `A-Z a-z 0-9 _ . :`.
   * Default: that of `start`, else 16 random hexadecimal digits, which is safe without any coordination.
   */
  readonly node?: string | undefined
  /** Where physical time comes from. Default: `Date.now`, `performance.now` and `setTimeout`, looked up at each call. */
  readonly clock?: PhysicalClock | undefined
  /**
   * How far ahead of the wall clock here a remote stamp may be, in milliseconds, 0 to Infinity (which trusts every remote with the
   * clock). Exactly the bound is accepted. Default 60 000: far more than NTP leaves, far less than a wrong time zone.
   */
  readonly maxDriftMs?: number | undefined
  /** The clock continues after this stamp, for instance the last one that was stored. Default: the beginning of time. */
  readonly start?: Stamp | undefined
  /** Randomness in [0, 1) for the default `node`. Default: the platform's `crypto`. */
  readonly random?: (() => number) | undefined
}

/** A `TypeError` unless `options` is an object with no other fields than `known`: a misspelt option must not pass in silence. */
export function checkFields(options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw new TypeError(`expected options as an object, got ${show(options)}`)
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new TypeError(`unknown option '${name}'; known are ${known.join(', ')}`)
  }
}

/** `ms` itself, or a `RangeError` that names the option. */
export function checkMs(name: string, ms: number): number {
  if (typeof ms === 'number' && ms >= 0) return ms
  throw new RangeError(`expected ${name} as milliseconds from 0 on, got ${show(ms)}`)
}

/** The bound of `options`, or the default. */
export function driftBound(options: ClockOptions): number {
  return checkMs('maxDriftMs', options.maxDriftMs ?? MAX_DRIFT_MS)
}
