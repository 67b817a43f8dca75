import { MAX_MS, SLACK_MS } from '../ground/defaults.ts'

/** Milliseconds that a store has reserved for a clock: it may issue below `markMs`, and asks for more from `renewMs` on. */
export interface Span {
  readonly markMs: number
  readonly renewMs: number
}

/** Where a clock in that state is now. A wall clock that shows nonsense must not be written down for the next life, so it is left out. */
export function presentMs(stateMs: number, wallMs: number): number {
  return wallMs <= MAX_MS ? Math.max(stateMs, Math.floor(wallMs)) : stateMs
}

/**
 * The span to reserve next. It starts from the clock's own state or from a stamp that had to wait, whichever is later; never from the
 * last stamp issued, for a clock that woke at its mark with the wall set back has issued none and would wait for ever.
 *
 * While the wall is in front it is `aheadMs` of wall time. While the clock leads, time passes only by counting, and a sliver is enough:
 * so a process that crashes again and again adds a sliver to its lead with each life, not `aheadMs`.
 *
 * A mark never falls while the clock runs, whatever the wall does: what was issued below a higher one would lie above it after a crash.
 * @param knownMs the highest mark that was ever asked for
 */
export function nextSpan(stateMs: number, wallMs: number, aheadMs: number, knownMs: number): Span {
  const fromMs = presentMs(stateMs, wallMs)
  const markMs = Math.min(MAX_MS, Math.max(knownMs, stateMs + SLACK_MS, presentMs(0, wallMs) + aheadMs))
  return { markMs, renewMs: fromMs + (markMs - fromMs) / 2 }
}
