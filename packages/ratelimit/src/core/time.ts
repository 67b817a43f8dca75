/** Milliseconds that never go back, told by a clock that may. */
export interface Time {
  nowMs: number
  /** What the clock said last, in whole milliseconds. */
  readMs: number
  /** Added to the clock after it stepped back by more than a bucket takes to fill. */
  offsetMs: number
}

export function startTime(clockMs: number): Time {
  const time = { nowMs: 0, readMs: 0, offsetMs: 0 }
  advance(time, Math.floor(clockMs), 0)
  return time
}

/**
 * Moves time to the clock's reading and returns by how much the clock went back (0 as a rule). A clock that flaps mints nothing: time
 * stands still until it catches up. One that went back by more than `fullMs`, which a bucket takes to fill, is followed from there, debts kept.
 */
export function advance(time: Time, readMs: number, fullMs: number): number {
  time.readMs = readMs
  const aheadMs = readMs + time.offsetMs - time.nowMs
  if (!Number.isSafeInteger(aheadMs)) return 0
  if (aheadMs > 0) time.nowMs += aheadMs
  if (aheadMs >= 0 - fullMs) return 0
  time.offsetMs -= aheadMs
  return 0 - aheadMs
}
