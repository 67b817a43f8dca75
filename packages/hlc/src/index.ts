/**
 * Hybrid logical clocks: stamps that follow cause and effect, sort as text, and never go back.
 *
 * `createClock` is the noun; `tick` and `merge` are its pure heart; the rest is the small algebra of stamps.
 * @module
 */
export { createClock } from './clock.ts'
export type { HybridClock } from './hybrid.ts'
export { createQuarantine } from './quarantine.ts'
export type { Holding, Quarantine, QuarantineEvent, QuarantineOptions } from './quarantine.ts'
export { createRoster } from './roster.ts'
export type { Presence, Roster, RosterOptions } from './roster.ts'
export { createWatchedClock } from './watched.ts'
export type { WatchedClock, WatchedClockOptions } from './watched.ts'
export { fromBytes, toBytes } from './core/bytes.ts'
export { ceil, compare, equals, floor, max, toDate } from './core/stamp.ts'
export { decode, encode } from './core/text.ts'
export { merge, tick } from './core/tick.ts'
export { DriftError, MalformedError } from './ground/errors.ts'
export type { ClockEvent, ClockListener, SkewEvent } from './ground/events.ts'
export type { ClockOptions } from './ground/options.ts'
export type { FullClock, PhysicalClock } from './ground/physical.ts'
export type { Range, Stamp } from './ground/types.ts'
