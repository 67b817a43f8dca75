import type { Outcome } from '../ground/types.ts'

/**
 * What the other side says about trying again: milliseconds to wait, `never`, or undefined when it says nothing. Read from
 *
 * - `retryAfterMs` of an error (ours, or of any library that agrees);
 * - gRPC trailers, `grpc-retry-pushback-ms` under `metadata` (gRPC A6: negative or unreadable means never);
 * - HTTP headers, `Retry-After` in seconds or as a date, of a `Response`, of an error, or of an error's `response` (RFC 9110, 10.2.3).
 *
 * @param now - wall clock, Unix ms, to read dates against
 */
export function pushback(outcome: Outcome, now: number): number | 'never' | undefined {
  const subject = outcome.ok ? outcome.value : outcome.error
  const own = field(subject, 'retryAfterMs')
  if (typeof own === 'number' && own > 0 && own < Infinity) return own
  const grpc = lookUp(field(subject, 'metadata'), 'grpc-retry-pushback-ms')
  if (grpc !== undefined) return /^\d+$/.test(grpc) ? Number(grpc) : 'never'
  const http = lookUp(field(subject, 'headers') ?? field(field(subject, 'response'), 'headers'), 'retry-after') ?? ''
  if (/^\d+$/.test(http)) return Number(http) * 1000
  const date = Date.parse(http)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** A field of whatever came, undefined where it has none. */
const field = (subject: unknown, name: string): unknown => (Object(subject) as Record<string, unknown>)[name]

/** From `Headers`, gRPC's `Metadata` (whose `get` gives a list), or a plain object with lower-case names. */
function lookUp(bag: unknown, name: string): string | undefined {
  const get = field(bag, 'get')
  const found: unknown = typeof get === 'function' ? get.call(bag, name) : field(bag, name)
  const first: unknown = Array.isArray(found) ? found[0] : found
  return typeof first === 'string' || typeof first === 'number' ? String(first).trim() : undefined
}
