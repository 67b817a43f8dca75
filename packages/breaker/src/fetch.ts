import type { Balancer } from './balance/balancer.ts'
import { createBreaker } from './breaker.ts'
import type { Breaker } from './breaker.ts'
import { createBudget } from './budget.ts'
import type { Budget } from './budget.ts'
import { compose } from './compose.ts'
import { httpHealth, httpRetry, repeatable } from './core/http.ts'
import { systemClock, systemFetch, systemRandom } from './ground/clock.ts'
import type { Clock, Random } from './ground/clock.ts'
import { ATTEMPT_TIMEOUT_MS, FETCH_TIMEOUT_MS } from './ground/defaults.ts'
import { count, duration, read, typed } from './ground/options.ts'
import type { Context, Policy } from './ground/types.ts'
import { hedge } from './hedge.ts'
import type { HedgeOptions } from './hedge.ts'
import { createKeyed } from './keyed.ts'
import { retry } from './retry.ts'
import type { RetryOptions } from './retry.ts'
import { timeout } from './timeout.ts'

/** The part of `fetch` that is wrapped. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

export interface FetchOptions {
  /** For everything together, until the headers are there: milliseconds, 1 or more. Default 30 000. */
  readonly timeoutMs?: number
  /** For each attempt. Default 10 000. */
  readonly attemptTimeoutMs?: number
  /** Default: three retries with full jitter, for requests that may be sent twice. `{ retries: 0 }` for none. */
  readonly retry?: Omit<RetryOptions, 'budget' | 'clock' | 'random'>
  /** Sends slow GET and HEAD requests again. Default: not at all. */
  readonly hedge?: Omit<HedgeOptions, 'budget' | 'clock'>
  /** What retries and hedges are paid from. Default: a fifth of the requests, and three a second. */
  readonly budget?: Budget
  /** Makes the breaker of an origin. Default: `createBreaker` with 5xx as failures; half of at least 20 in 10 s open it. */
  readonly breaker?: (origin: string) => Breaker
  /** Origins whose breakers are kept: 1 or more. Default 100. */
  readonly maxOrigins?: number
  /** Base addresses to choose from. Requests are then given by path, and the balancer's ejection takes the place of the breaker. */
  readonly balancer?: Balancer<string>
  /** Default: the runtime's. */
  readonly fetch?: Fetch
  readonly clock?: Clock
  readonly random?: Random
}

/**
 * A `fetch` that does not hammer: `timeout ( retry ( breaker of the origin ( hedge ( timeout of the attempt ( fetch ) ) ) ) )`.
 * Retries only what may be sent twice, honours `Retry-After`, and gives the last response back, also when it is a 503. What is
 * discarded is cancelled, so that no socket stays behind. The caller's signal goes on to work while the body is read; the timeouts end
 * with the headers.
 *
 * @throws TypeError or RangeError for options that are unknown or out of range
 */
export function createFetch(options?: FetchOptions): Fetch {
  const settings = read('createFetch', options, {
    timeoutMs: duration(FETCH_TIMEOUT_MS, 1),
    attemptTimeoutMs: duration(ATTEMPT_TIMEOUT_MS, 1),
    retry: typed<FetchOptions['retry']>({}, 'object'),
    hedge: typed<FetchOptions['hedge']>(undefined, 'object'),
    budget: typed<Budget | undefined>(undefined, 'object'),
    breaker: typed<FetchOptions['breaker']>(undefined, 'function'),
    maxOrigins: count(100),
    balancer: typed<Balancer<string> | undefined>(undefined, 'object'),
    fetch: typed<Fetch>(systemFetch, 'function'),
    clock: typed<Clock>(systemClock, 'object'),
    random: typed<Random>(systemRandom, 'function'),
  })
  const { balancer, clock, random, fetch } = settings
  const budget = settings.budget ?? createBudget({ clock })
  const again = retry({ judge: httpRetry, ...settings.retry, budget, clock, random })
  const hedged = settings.hedge === undefined ? undefined : hedge({ judge: httpRetry, ...settings.hedge, budget, clock })
  const whole = timeout(settings.timeoutMs, { clock })
  const each = timeout(settings.attemptTimeoutMs, { clock })
  const breakers = createKeyed(settings.breaker ?? ((origin) => createBreaker({ name: origin, judge: httpHealth, clock, random })), { max: settings.maxOrigins })
  again.onEvent(({ type, outcome }) => {
    // An unread body would hold its connection for as long as the garbage collector pleases.
    if (type === 'retry' && outcome.ok) (outcome.value as Response).body?.cancel().catch(() => {})
  })

  return async (input, init = {}) => {
    const request = input instanceof Request ? input : undefined
    const method = init.method ?? request?.method ?? 'GET'
    const headers = new Headers(init.headers ?? request?.headers)
    const signal = init.signal ?? request?.signal
    const twice = repeatable(method, headers, init.body ?? request?.body)
    const safe = method === 'GET' || method === 'HEAD'

    const send = (address: string | URL | Request, context: Context): Promise<Response> =>
      // Both: an attempt must end with its policy, and the body that is still to be read with its caller.
      fetch(address, { ...init, signal: signal ? AbortSignal.any([context.signal, signal]) : context.signal })
    const policies: Policy[] = [whole, ...(twice ? [again] : [])]
    const inner: Policy[] = [...(safe && hedged !== undefined ? [hedged] : []), each]
    const given = signal ? { signal } : undefined

    if (balancer !== undefined) {
      if (request !== undefined) throw new TypeError('fetch: with a balancer give the path as a string; a Request has its host already')
      const policy = compose(...policies, ...inner)
      return policy.run((context) => balancer.run((host, context) => send(new URL(String(input), host), context), context), given)
    }
    const origin = new URL(request?.url ?? String(input)).origin
    return compose(...policies, breakers.get(origin), ...inner).run((context) => send(input, context), given)
  }
}
