/** Moments: stamps without their node. */
import { MAX_STAMP_COUNT } from '../ground/defaults.ts'

export interface Moment {
  readonly ms: number
  readonly count: number
}

/** Oldest first. */
export const compareMoments = (a: Moment, b: Moment): number => a.ms - b.ms || a.count - b.count

export const isAfter = (a: Moment, b: Moment): boolean => compareMoments(a, b) > 0

/** The clock's moment, or the next one above what was seen: a write that saw another always wins over it, even under a clock that was set back. */
export function above(seen: Moment, moment: Moment): Moment {
  if (isAfter(moment, seen)) return moment
  return seen.count < MAX_STAMP_COUNT ? { ms: seen.ms, count: seen.count + 1 } : { ms: seen.ms + 1, count: 0 }
}
