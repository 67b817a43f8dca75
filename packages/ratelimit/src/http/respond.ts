import type { Decision } from '../ground/types.ts'
import type { Gate } from './gate.ts'
import { rateLimitHeaders } from './headers.ts'
import { refusal } from './refusal.ts'

/** What a middleware needs to know about one request: the headers to send either way, and the answer if it is refused. */
export interface Verdict {
  readonly decision: Decision
  readonly headers: Readonly<Record<string, string>>
  /** Absent for an admitted request. */
  readonly answer: { readonly status: number; readonly body: string; readonly headers: Readonly<Record<string, string>> } | undefined
}

/** Takes for a request and says what to send. Every middleware is this with another way to set a header. */
export async function judge<Request>(gate: Gate<Request>, request: Request): Promise<Verdict> {
  const { limiter, key, cost, legacy } = gate
  const decision = await limiter.take(await key(request), cost === undefined ? 1 : await cost(request))
  const headers = rateLimitHeaders(decision, limiter.policies, { legacy })
  if (decision.allowed) return { decision, headers, answer: undefined }
  const { status, contentType, body } = refusal(decision)
  return { decision, headers, answer: { status, body, headers: { ...headers, 'Content-Type': contentType } } }
}
