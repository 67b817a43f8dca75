/** Tools for proving sagas and stores: a world whose time is a number and whose processes can be killed, and the cases that every store must pass. */
export { createTimeline } from './testing/world.ts'
export type { Life, World } from './testing/world.ts'
export { conformance } from './testing/conformance.ts'
export type { StoreCase } from './testing/conformance.ts'
