/**
 * What a decision is on the wire: `RateLimit` and `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers-10, `Retry-After` of
 * RFC 9110, the older `X-RateLimit-*` on demand, the answer 429 as problem details (RFC 9457); and who a client is by its address.
 */
export { clientKey, type AddressOptions } from '../http/address.ts'
export type { Gate, Taker } from '../http/gate.ts'
export { rateLimitHeaders, type HeaderOptions } from '../http/headers.ts'
export { refusal, type Refusal } from '../http/refusal.ts'
export { judge, type Verdict } from '../http/respond.ts'
