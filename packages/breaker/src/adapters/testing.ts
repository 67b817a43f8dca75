/**
 * What tests of code that uses this package need: a clock that moves by hand, and the checks that a verdict store must pass.
 *
 * @module
 */
export { manualClock } from '../manual-clock.ts'
export type { ManualClock } from '../manual-clock.ts'
export { verdictStoreChecks } from '../shared/conformance.ts'
export type { StoreCheck } from '../shared/conformance.ts'
