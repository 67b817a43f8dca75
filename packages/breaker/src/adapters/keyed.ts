/**
 * One breaker for each key, in bounded memory: for tenants, hosts or shards whose number nobody knows beforehand.
 *
 * @module
 */
export { createKeyed } from '../keyed.ts'
export type { KeyedBreakers, KeyedOptions } from '../keyed.ts'
