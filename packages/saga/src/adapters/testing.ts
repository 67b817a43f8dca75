/** Tools for proving sagas and stores: a simulation of your saga's bad days, a world whose time is a number, and the cases that every store must pass. */
export { simulate } from './testing/simulate.ts'
export type { Finding, FindingKind, Fixture, SimulationReport } from './testing/simulate.ts'
export { createTimeline } from './testing/world.ts'
export type { Life, World } from './testing/world.ts'
export { conformance } from './testing/conformance.ts'
export type { StoreCase } from './testing/conformance.ts'
