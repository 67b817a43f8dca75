import { MalformedError } from './errors.ts'
import type { PhysicalClock } from './physical.ts'
import type { Stamp } from './types.ts'

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

/** Throws at the first field that nobody has taken out of the options: a misspelt one must not pass in silence. */
export function refuseUnknown(rest: object): void {
  for (const name in rest) throw new TypeError(`unknown option '${name}'`)
}

/** `ms` itself, or an error that names the option. */
export function checkMs(name: string, ms: number): number {
  if (typeof ms === 'number' && ms >= 0) return ms
  throw new MalformedError(`${name} from 0 on`, ms)
}

/** `count` itself, or an error that names the option. */
export function checkCount(name: string, count: number): number {
  if (count >= 1 && isWhole(count, 2 ** 32)) return count
  throw new MalformedError(`${name} as a whole number from 1 on`, count)
}

/** `run` itself, or an error that names it. */
export function checkFunction<Run>(name: string, run: Run): Run {
  if (typeof run === 'function') return run
  throw new MalformedError(`${name} as a function`, run)
}

/** Whether `value` is a whole number from 0 to below `end`. */
export function isWhole(value: number, end: number): boolean {
  // Rounding makes a number of anything that looks like one, so that only a number can equal the result.
  return value >= 0 && value < end && Math.floor(value) === value
}
