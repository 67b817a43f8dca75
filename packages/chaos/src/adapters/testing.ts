/**
 * For tests of your own.
 *
 * @module
 */
export { manualClock } from '../index.ts'
