/** A stretch of time that certainly holds the present: true time is not before `earliestMs` and not after `latestMs`. */
export interface Interval {
  readonly earliestMs: number
  readonly latestMs: number
}

/** Whether `a` is certainly over before `b` begins; two intervals of which neither is before the other may be the same moment. */
export function isBefore(a: Interval, b: Interval): boolean {
  return a.latestMs < b.earliestMs
}
