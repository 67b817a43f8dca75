/**
 * Faults on the serving side of HTTP: around a fetch-style handler (Hono, Bun, Deno, workers) and around a Node listener.
 *
 * @module
 */
export { faultyHandler } from './handler.ts'
export type { Handler } from './handler.ts'
export { faultyListener } from './listener.ts'
export type { Listener } from './listener.ts'
