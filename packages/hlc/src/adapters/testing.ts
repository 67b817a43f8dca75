/**
 * Physical clocks that misbehave on purpose, for tests and demonstrations: stepping, skewed, drifting, coarse, frozen, suspended.
 *
 * Each wraps another clock (the bottom one is a `steppingClock`, which stands still until told otherwise), so that they stack:
 * `coarseClock(skewedClock(stepping, { offsetMs: -3_600_000 }), 100)`.
 * @module
 */
export { coarseClock, frozenClock, skewedClock, steppingClock, suspendableClock } from '../testing/clocks.ts'
export type { SteppingClock, SuspendableClock } from '../testing/clocks.ts'
