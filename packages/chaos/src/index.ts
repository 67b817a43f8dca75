/**
 * Bad weather for programs, from a seed: randomness that can be repeated, a clock that moves when told to, and faults
 * for a link. Nothing here reads the machine's clock or chance unless no other was given.
 *
 * @module
 */
export { createRandom } from './core/random.ts'
export type { Random } from './core/random.ts'
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
export { createWorld } from './world.ts'
export type { World, WorldOptions } from './world.ts'
export type { Build, WorldNode } from './world/node.ts'
export type { Env, Net } from './world/env.ts'
export type { Disk, DiskDevice, DiskWeather } from './world/disk.ts'
export type { Network, NetworkCounts, NetworkWeather } from './world/network.ts'
export type { NodeClock, NodeClockOptions } from './world/node-clock.ts'
export { DiskError, WorldError } from './ground/errors.ts'
export type { Clock, Subscription, Timer } from './ground/types.ts'
