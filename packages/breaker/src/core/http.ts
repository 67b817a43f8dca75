import type { Outcome, Verdict } from '../ground/types.ts'

// What HTTP says about a call (RFC 9110, and what AWS' and Google's SDKs try again).

/** Worth another try: the server was busy, timed out, or broke. */
const RETRIED = new Set([408, 425, 429, 500, 502, 503, 504])

/** Methods that may be sent twice (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])

const statusOf = (outcome: Outcome): number | undefined => (outcome.ok ? (outcome.value as { readonly status?: number } | undefined)?.status : undefined)

/** For a breaker: 5xx is a failure of the server; 429 is its word to this client, and says nothing of its health. */
export function httpHealth(outcome: Outcome): Verdict | undefined {
  const status = statusOf(outcome)
  if (status === undefined) return undefined
  if (status === 429) return 'ignore'
  return status >= 500 ? 'fail' : 'ok'
}

/** For a retry: what may well succeed the next time. */
export function httpRetry(outcome: Outcome): Verdict | undefined {
  const status = statusOf(outcome)
  if (status === undefined) return undefined
  return RETRIED.has(status) ? 'fail' : 'ok'
}

/**
 * Whether a request may be sent again: an idempotent method or an `Idempotency-Key`, and no body, or one that is still there after
 * it was sent, which a stream is not.
 */
export function repeatable(method: string, headers: Headers, body: unknown): boolean {
  if (!IDEMPOTENT.has(method.toUpperCase()) && !headers.has('idempotency-key')) return false
  return body === undefined || body === null || typeof body === 'string' || (typeof body === 'object' && !(Symbol.asyncIterator in body) && !('getReader' in body))
}
