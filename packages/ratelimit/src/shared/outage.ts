import { toPolicy, type Bandwidth } from '../core/bandwidth.ts'
import { refuse } from '../core/decide.ts'
import type { Outage } from '../ground/store.ts'
import type { Clock, Decision, Limit, Limiter } from '../ground/types.ts'
import { createLimiter } from '../limiter.ts'
import { Probe } from './probe.ts'

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

/** Life without the store: who decides meanwhile, and by which rule. */
export class OutageGuard {
  readonly probe: Probe
  readonly #options: OutageOptions
  #local: Limiter | undefined
  #bandwidths: readonly Bandwidth[]

  constructor(bandwidths: readonly Bandwidth[], options: OutageOptions) {
    this.#bandwidths = bandwidths
    this.#options = options
    this.probe = new Probe(options.clock)
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
    const retryAfterMs = rule === 'allow' ? 0 : this.probe.retryAfterMs
    return { ...refuse('store', this.#bandwidths[0]!, 0, retryAfterMs), allowed: rule === 'allow', remaining: 0 }
  }
}
