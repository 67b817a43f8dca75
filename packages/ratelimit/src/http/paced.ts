import { LRUCache } from 'lru-cache'
import { readClock, readNumbers } from '../ground/options.ts'
import type { Clock } from '../ground/types.ts'

export interface PacedFetchOptions {
  /** The fetch underneath. Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch | undefined
  readonly clock?: Clock | undefined
  /** Which requests share a quota. Default: those to one origin. */
  readonly quotaOf?: ((url: URL) => string) | undefined
  /** Longest wait for a quota in milliseconds; 0 to 3 600 000, default 30 000. What would wait longer goes out at once, and the server decides. */
  readonly maxWaitMs?: number | undefined
  /** How often a request refused with 429 or 503 and `Retry-After` is sent again, if its body can be; 0 to 10, default 1. */
  readonly retries?: number | undefined
  /** Quotas remembered; 1 to 100 000, default 1000. */
  readonly maxQuotas?: number | undefined
}

export type PacedFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** What a server said last. `left` counts down as requests go out, so that a burst does not all believe the same number. */
interface Quota {
  left: number
  resetAtMs: number
  closedUntilMs: number
}

/** A `fetch` that reads `RateLimit` and `Retry-After` and waits before it would be refused, rather than after. After Google's Doorman, over standard headers. */
export function pacedFetch(options: PacedFetchOptions = {}): PacedFetch {
  const { maxWaitMs, retries, maxQuotas } = readNumbers('pacedFetch', options, { maxWaitMs: [30_000, 0, 3_600_000], retries: [1, 0, 10], maxQuotas: [1000, 1, 100_000] }, ['fetch', 'clock', 'quotaOf'])
  const clock = readClock('pacedFetch', options.clock, true) as Required<Clock>
  const { quotaOf = (url: URL) => url.origin } = options
  const quotas = new LRUCache<string, Quota>({ max: maxQuotas })

  const waitFor = (quota: Quota): number => {
    const nowMs = clock.monotonic()
    if (nowMs >= quota.resetAtMs) quota.left = Infinity
    return Math.max(quota.closedUntilMs - nowMs, quota.left <= 0 ? quota.resetAtMs - nowMs : 0)
  }
  const turn = async (quota: Quota, signal: AbortSignal | null | undefined): Promise<void> => {
    for (let waited = 0; ; ) {
      signal?.throwIfAborted()
      const ms = waitFor(quota)
      if (ms <= 0 || waited + ms > maxWaitMs) break
      waited += ms
      await sleep(clock, ms, signal)
    }
    quota.left -= 1
  }
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const name = quotaOf(url)
    const quota = quotas.get(name) ?? { left: Infinity, resetAtMs: 0, closedUntilMs: 0 }
    quotas.set(name, quota)
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
    for (let attempt = 0; ; attempt += 1) {
      await turn(quota, signal)
      const again = attempt < retries && !(init?.body instanceof ReadableStream)
      const response = await (options.fetch ?? globalThis.fetch)(again && input instanceof Request ? input.clone() : input, init)
      const refusedMs = learn(quota, response, clock.monotonic())
      if (refusedMs === undefined || !again || refusedMs > maxWaitMs) return response
      await response.body?.cancel()
    }
  }
}

/** Takes in what the headers say. Milliseconds to wait if the request was refused and may be sent again. */
function learn(quota: Quota, response: Response, nowMs: number): number | undefined {
  const states = [...(response.headers.get('RateLimit') ?? '').matchAll(/;\s*r=(\d{1,15})[^,]*?;\s*t=(\d{1,15})/g)].map(([, left, seconds]) => ({ left: Number(left), ms: Number(seconds) * 1000 }))
  const tightest = states.toSorted((a, b) => a.left - b.left)[0]
  if (tightest !== undefined) {
    const running = quota.resetAtMs > nowMs
    quota.left = running ? Math.min(quota.left, tightest.left) : tightest.left
    quota.resetAtMs = nowMs + tightest.ms
  }
  if (response.status !== 429 && response.status !== 503) return undefined
  const text = response.headers.get('Retry-After')
  if (text === null) return undefined
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.parse(response.headers.get('Date') ?? '')
  if (!(ms >= 0)) return undefined
  quota.closedUntilMs = Math.max(quota.closedUntilMs, nowMs + ms)
  return ms
}

function sleep(clock: Required<Clock>, ms: number, signal: AbortSignal | null | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const leave = (): void => {
    timer.cancel()
    reject(signal?.reason)
  }
  const timer = clock.after(ms, () => {
    signal?.removeEventListener('abort', leave)
    resolve()
  })
  signal?.addEventListener('abort', leave, { once: true })
  return promise
}
