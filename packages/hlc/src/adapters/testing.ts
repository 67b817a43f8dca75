/**
 * For tests and demonstrations: physical clocks that misbehave on purpose (stepping, skewed, drifting, coarse, frozen, suspended), and
 * the laws that a store of a durable clock keeps.
 *
 * The clocks wrap one another (at the bottom a `steppingClock`, which stands still until told otherwise), so that they stack:
 * `coarseClock(skewedClock(stepping, { offsetMs: -3_600_000 }), 100)`.
 * @module
 */
export { coarseClock, frozenClock, skewedClock, steppingClock, suspendableClock } from '../testing/clocks.ts'
export type { SteppingClock, SuspendableClock } from '../testing/clocks.ts'
export { storeLaws } from '../testing/stores.ts'
export type { StoreLaw } from '../testing/stores.ts'
