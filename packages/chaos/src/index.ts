/**
 * Bad weather for programs, from a seed: randomness that can be repeated, a clock that moves when told to, and faults
 * for a link. Nothing here reads the machine's clock or chance unless no other was given.
 *
 * @module
 */
export { createRandom } from './random.ts'
export type { Random } from './random.ts'
export { manualClock } from './manual-clock.ts'
export type { ManualClock, ManualClockOptions } from './manual-clock.ts'
export { faults } from './faults.ts'
export type { FaultEvent, Faults, FaultsOptions } from './faults.ts'
export type { FaultOptions, Link, Passage, Strike } from './link.ts'
export type { LinkWeather } from './core/verdict.ts'
export { flipByte } from './core/damage.ts'
export type { Damage } from './core/damage.ts'
export { LinkError } from './ground/errors.ts'
export type { LinkErrorCode, LinkFault } from './ground/errors.ts'
export type { Clock, Subscription, Timer } from './ground/types.ts'
