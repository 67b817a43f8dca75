/** Metrics of a limiter through OpenTelemetry's API: decisions by limit and reason, store outages, keys, waiters and stranded permits. */
import { metrics, type Meter } from '@opentelemetry/api'
import type { LimiterSnapshot } from '../ground/types.ts'
import type { SharedEvent, SharedSnapshot } from '../ground/store.ts'

/** Any limiter of this package. */
export interface Observed {
  onEvent(listener: (event: SharedEvent) => void): Disposable
  snapshot(): LimiterSnapshot | SharedSnapshot
}

export interface ObserveOptions {
  /** Goes with every point as `ratelimit.limiter`. */
  readonly name: string
  /** Default: the global provider's. */
  readonly meter?: Meter | undefined
}

/** Starts reporting; dispose of the result to stop. Keys are never reported: they name people, and there is no bound on them. */
export function observe(limiter: Observed, { name, meter = metrics.getMeter('@distrokit/ratelimit') }: ObserveOptions): Disposable {
  const own = { 'ratelimit.limiter': name }
  const decisions = meter.createCounter('ratelimit.decisions', { description: 'Decisions by limit and reason' })
  const tokens = meter.createCounter('ratelimit.tokens', { description: 'Tokens admitted', unit: '{token}' })
  const outages = meter.createCounter('ratelimit.store.outages', { description: 'Times the store stopped answering' })
  const gauge = meter.createObservableGauge('ratelimit.size', { description: 'Keys, waiters, shared decisions and stranded permits' })
  const listening = limiter.onEvent((event) => {
    if (event.type === 'store-down') outages.add(1, own)
    if (event.type !== 'decision') return
    const { allowed, reason, policy } = event.decision
    decisions.add(1, { ...own, 'ratelimit.policy': policy, 'ratelimit.reason': reason })
    if (allowed) tokens.add(event.cost, { ...own, 'ratelimit.policy': policy })
  })
  const look = (result: { observe(value: number, attributes: Record<string, string>): void }): void => {
    for (const [what, value] of Object.entries(limiter.snapshot())) if (typeof value === 'number') result.observe(value, { ...own, 'ratelimit.what': what })
  }
  gauge.addCallback(look)
  return {
    [Symbol.dispose]() {
      listening[Symbol.dispose]()
      gauge.removeCallback(look)
    },
  }
}
