/**
 * A `fetch` with timeouts, retries, a breaker for each origin, hedging and several hosts, put together in the order that works.
 *
 * @module
 */
export { httpHealth, httpRetry } from '../core/http.ts'
export { createFetch } from '../fetch.ts'
export type { Fetch, FetchOptions } from '../fetch.ts'
