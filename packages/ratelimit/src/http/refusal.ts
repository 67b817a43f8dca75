import type { Decision } from '../ground/types.ts'

/** The answer to a request that is not admitted. */
export interface Refusal {
  /** 429, or 503 when the store behind the limiter gave no answer. */
  readonly status: 429 | 503
  readonly contentType: 'application/problem+json'
  /** Problem details as JSON text. */
  readonly body: string
}

/** Problem details for a refused request. The type is registered with IANA ("quota-exceeded", of the RateLimit draft). */
export function refusal(decision: Decision): Refusal {
  const { reason, policy, retryAfterMs } = decision
  const broken = reason === 'store' || reason === 'closed'
  const problem = {
    type: broken ? 'about:blank' : 'https://iana.org/assignments/http-problem-types#quota-exceeded',
    title: broken ? 'The rate limiter is not available' : 'Too many requests',
    status: broken ? 503 : 429,
    reason,
    'violated-policies': broken ? [] : [policy],
    ...(Number.isFinite(retryAfterMs) ? { retryAfterMs } : {}),
  }
  return { status: broken ? 503 : 429, contentType: 'application/problem+json', body: JSON.stringify(problem) }
}
