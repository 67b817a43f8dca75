/**
 * One clock for all threads of a process, over a `SharedArrayBuffer`.
 *
 * Take it where workers stamp the same data: their stamps are ordered without a message, and share one node id. Browsers give a
 * `SharedArrayBuffer` only to pages that are cross-origin isolated.
 * @module
 */
export { createSharedClock } from '../shared.ts'
export type { SharedClock, SharedClockOptions, SharedHandle } from '../shared.ts'
