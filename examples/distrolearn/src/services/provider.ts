// Promise: an outside provider is called within its quota, never for longer than it may take, and left in peace while it is down.

import { compose, RefusedError, timeout, type Breaker, type Policy } from '@distrokit/breaker'
import type { Limiter } from '@distrokit/ratelimit'
import { providerTimeoutMs } from '../ground/config.ts'
import { Refusal } from '../ground/refusal.ts'
import type { Emit } from '../telemetry/events.ts'
import type { Tracing } from '../telemetry/tracing.ts'

/** The provider did not do what was asked, or nobody knows whether it did. Asking again under the same key is safe. */
export class ProviderError extends Error {
  readonly code = 'provider'
  override readonly name = 'ProviderError'
}

/** The provider understood and refused: asking again changes nothing. */
export class ProviderRefusal extends Refusal {
  override readonly name = 'ProviderRefusal'
  constructor(message: string) {
    super('refused-by-provider', message)
  }
}

export interface Quota {
  readonly name: string
  readonly limiter: Limiter
  readonly onAdmitted: () => void
}

export interface ProviderOptions {
  readonly name: string
  readonly url: string
  readonly fetch: typeof fetch
  readonly breaker: Breaker
  readonly quota?: Quota | undefined
  readonly clock: { monotonic(): number; after(ms: number, run: () => void): { cancel(): void } }
  readonly tracing: Pick<Tracing, 'traceparent'>
  readonly emit: Emit
}

export interface Provider {
  /** Repeatable: the provider does the work once per `key`. */
  post(path: string, body: object, key: string, signal: AbortSignal): Promise<Readonly<Record<string, unknown>>>
}

/** The longest wait for a place in the quota; whoever would wait longer is told to come back. */
const maxWaitMs = 5_000

export function createProvider({ name, url, fetch, breaker, quota, clock, tracing, emit }: ProviderOptions): Provider {
  const policy: Policy = compose(breaker, timeout(providerTimeoutMs, { clock }))

  const admitted = async (signal: AbortSignal): Promise<void> => {
    if (quota === undefined) return
    const decision = await quota.limiter.wait(quota.name, { signal, maxWaitMs })
    if (!decision.allowed) throw new ProviderError(`no place in the quota of ${name} within ${maxWaitMs} ms`)
    quota.onAdmitted()
  }

  return {
    async post(path, body, key, signal) {
      const started = clock.monotonic()
      const tell = (outcome: 'ok' | 'failed' | 'refused'): void => emit({ type: 'call', to: name, service: name, outcome, durationMs: clock.monotonic() - started })
      // What the breaker will refuse anyway costs no token.
      if (breaker.retryAfterMs === 0) await admitted(signal)
      const answered = policy.run(
        async ({ signal: attempt }) => {
          const parent = tracing.traceparent()
          const response = await fetch(`${url}${path}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'idempotency-key': key, ...(parent === undefined ? {} : { traceparent: parent }) },
            body: JSON.stringify(body),
            signal: attempt,
          })
          const answer = (await response.json()) as Readonly<Record<string, unknown>>
          if (response.ok) return answer
          const sentence = typeof answer['message'] === 'string' ? answer['message'] : `${name} answered ${response.status}`
          throw response.status < 500 && response.status !== 429 ? new ProviderRefusal(sentence) : new ProviderError(sentence)
        },
        { signal },
      )
      void answered.then(
        () => tell('ok'),
        (error: unknown) => tell(error instanceof ProviderRefusal ? 'ok' : error instanceof RefusedError ? 'refused' : 'failed'),
      )
      return answered
    },
  }
}
