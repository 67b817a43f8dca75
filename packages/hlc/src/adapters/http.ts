/**
 * Stamps in HTTP: a header (`hlc-stamp`) and a member of W3C baggage (`hlc`), for whatever has web `Headers`; and wrappers that do both
 * sides for a `fetch` and for a handler of `Request`s (Hono, Deno, Bun, workers, Node through an adapter).
 * @module
 */
export { extract, inject } from '../carry.ts'
export type { HeaderBag } from '../carry.ts'
export { stampFetch, stampHandler } from '../fetch.ts'
export type { CarryOptions, Handler } from '../fetch.ts'
