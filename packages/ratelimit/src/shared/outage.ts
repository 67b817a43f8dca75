import { toPolicy, type Bandwidth } from '../core/bandwidth.ts'
import { verdict } from '../core/decide.ts'
import type { Outage } from '../ground/store.ts'
import type { Clock, Decision, Limit, Limiter } from '../ground/types.ts'
import { createLimiter } from '../limiter.ts'

const firstPauseMs = 100
const longestPauseMs = 2000

export interface OutageOptions {
  readonly rule: Outage
  readonly replicas: number
  readonly maxKeys: number
  readonly clock: Required<Clock>
  readonly random: () => number
}

/** This process's share of a limit: no replica gets nothing, and all of them together never much more than the limit. */
export function share(bandwidth: Bandwidth, replicas: number): Limit {
  const { limit, perMs, burst, name } = toPolicy(bandwidth)
  return { limit: Math.max(1, Math.floor(limit / replicas)), perMs, burst: Math.max(1, Math.floor(burst / replicas)), name }
}

/**
 * Life without the store. After a failure it is left alone for a pause that doubles up to two seconds; then one request is the probe,
 * and the others go on being decided here until it has its answer. So a store that hangs costs one time-out a pause, not one a request.
 */
export class OutageGuard {
  readonly #options: OutageOptions
  #local: Limiter | undefined
  #bandwidths: readonly Bandwidth[]
  #pauseMs = 0
  #untilMs = 0
  #probing = false

  constructor(bandwidths: readonly Bandwidth[], options: OutageOptions) {
    this.#bandwidths = bandwidths
    this.#options = options
  }

  get down(): boolean {
    return this.#pauseMs > 0
  }

  get retryAfterMs(): number {
    return Math.max(1, Math.ceil(this.#untilMs - this.#options.clock.monotonic()))
  }

  /** Whether this request may ask the store. */
  mayAsk(): boolean {
    if (this.#pauseMs === 0) return true
    if (this.#probing || this.#options.clock.monotonic() < this.#untilMs) return false
    this.#probing = true
    return true
  }

  /** True if the store went down with this failure. Failures of requests that were out at the same time count once. */
  failed(): boolean {
    const nowMs = this.#options.clock.monotonic()
    const fresh = this.#pauseMs === 0
    if (!fresh && !this.#probing) return false
    this.#pauseMs = fresh ? firstPauseMs : Math.min(longestPauseMs, this.#pauseMs * 2)
    this.#untilMs = nowMs + this.#pauseMs
    this.#probing = false
    return fresh
  }

  /** True if the store is back with this answer. */
  healed(): boolean {
    const back = this.#pauseMs > 0
    this.#pauseMs = 0
    this.#probing = false
    return back
  }

  change(bandwidths: readonly Bandwidth[]): void {
    this.#bandwidths = bandwidths
    this.#local?.change(bandwidths.map((one) => share(one, this.#options.replicas)))
  }

  /** The limiter that stands in. It outlives an outage, so that a store that comes and goes does not mint a burst each time. */
  get local(): Limiter {
    const { maxKeys, clock, random, replicas } = this.#options
    this.#local ??= createLimiter(this.#bandwidths.map((one) => share(one, replicas)), { maxKeys, clock, random })
    return this.#local
  }

  /** Decides by the rule alone; `undefined` where the local limiter has to. */
  byRule(): Decision | undefined {
    const { rule } = this.#options
    if (rule === 'local') return undefined
    const retryAfterMs = rule === 'allow' ? 0 : this.retryAfterMs
    return { ...verdict('store', this.#bandwidths[0]!, 0, retryAfterMs), allowed: rule === 'allow', remaining: 0 }
  }
}
