/**
 * Time as an interval, earliest to latest, and the wait until a stamp is past for everybody.
 *
 * Take it where an order must hold for observers whom no message connects: an answer is given only when its stamp is certainly over.
 * @module
 */
export { isBefore } from '../core/interval.ts'
export type { Interval } from '../core/interval.ts'
export { createIntervalClock } from '../interval.ts'
export type { IntervalClock, IntervalClockOptions } from '../interval.ts'
