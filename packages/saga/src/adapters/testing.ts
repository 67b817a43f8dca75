/** Tools for proving sagas and stores: a world whose time is a number and whose processes can be killed. */
export { createTimeline } from './testing/world.ts'
export type { Life, World } from './testing/world.ts'
