import type { Decision, Policy } from '../ground/types.ts'

export interface HeaderOptions {
  /** Adds `X-RateLimit-Limit`, `-Remaining` and `-Reset`, the last in seconds from now. Default false. */
  readonly legacy?: boolean | undefined
}

const text = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`
const seconds = (ms: number): number => Math.min(Math.ceil(ms / 1000), 999_999_999_999_999)

function policyItem({ name, limit: tokens, perMs, burst }: Policy): string {
  const windowSeconds = seconds(perMs)
  // The draft counts windows in whole seconds, so a limit over a part of one is stated over the whole.
  const quota = perMs % 1000 === 0 ? tokens : Math.floor((tokens * windowSeconds * 1000) / perMs)
  return `${text(name)};q=${quota};w=${windowSeconds}${burst === tokens ? '' : `;burst=${burst}`}`
}

/**
 * Headers for a decision. `policies` are the limiter's (`limiter.policies`) or what `perMinute(…)` returned; without them only the state is told. Seconds are rounded
 * up, so that a client that obeys is never refused again; `Retry-After` is there on a refusal that time can heal.
 */
export function rateLimitHeaders(decision: Decision, policies: Policy | readonly Policy[] = [], options: HeaderOptions = {}): Record<string, string> {
  const list: readonly Policy[] = Array.isArray(policies) ? policies : [policies as Policy]
  const reset = seconds(decision.resetAfterMs)
  const headers: Record<string, string> = { RateLimit: `${text(decision.policy)};r=${decision.remaining};t=${reset}` }
  if (list.length > 0) headers['RateLimit-Policy'] = list.map(policyItem).join(', ')
  if (!decision.allowed && Number.isFinite(decision.retryAfterMs)) headers['Retry-After'] = String(Math.max(1, seconds(decision.retryAfterMs)))
  if (options.legacy === true) {
    headers['X-RateLimit-Limit'] = String(decision.limit)
    headers['X-RateLimit-Remaining'] = String(decision.remaining)
    headers['X-RateLimit-Reset'] = String(reset)
  }
  return headers
}
