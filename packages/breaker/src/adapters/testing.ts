/**
 * What tests of code that uses this package need: a clock that moves by hand.
 *
 * @module
 */
export { manualClock } from '../manual-clock.ts'
export type { ManualClock } from '../manual-clock.ts'
