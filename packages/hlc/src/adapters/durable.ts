/**
 * A clock that stays strictly rising through restarts and crashes, with no wait on the way to a stamp.
 *
 * Take it where stamps outlive the process: as versions of stored rows, as ids, as positions in a log. Stores: `/durable/file`,
 * `/durable/sqlite`, or any `{ load, save }`.
 * @module
 */
export { createDurableClock } from '../durable.ts'
export type { DurableClock, DurableClockOptions } from '../durable.ts'
export { ConflictError, StoreError } from '../ground/errors.ts'
export type { MarkStore, Waiting } from '../window.ts'
