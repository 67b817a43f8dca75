// Promise: whoever needs to be seen gets one object that sees: metrics, traces, log, and breakers and balancers that tell what they do.

import type { Breaker } from '@distrokit/breaker'
import type { Balancer } from '@distrokit/breaker/balance'
import type { HybridClock } from '@distrokit/hlc'
import { createLimiter, perSecond } from '@distrokit/ratelimit'
import type { Clock } from '../ground/clock.ts'
import type { RegionName } from '../ground/regions.ts'
import type { Emit } from './events.ts'
import { createLog, type Logger, type LogSink } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { createTracing, type Tracing } from './tracing.ts'

export interface Telemetry {
  readonly metrics: Metrics
  readonly tracing: Tracing
  readonly log: Logger
  /** Tells a breaker's changes and refusals as events; gives the breaker back. */
  watched(breaker: Breaker): Breaker
  /** Tells and counts whom a balancer of a service's peers ejects and restores; gives the balancer back. */
  watchedBalancer<H>(service: string, balancer: Balancer<H>): Balancer<H>
  close(): Promise<void>
}

export interface TelemetryOptions {
  readonly region: RegionName
  readonly life: number
  readonly hybridClock: HybridClock
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly trueTime: () => number
  readonly random: () => number
  readonly emit: Emit
  readonly log: LogSink
}

const tracesPerSecond = 25

export function createTelemetry({ region, life, hybridClock, clock, trueTime, random, emit, log: sink }: TelemetryOptions): Telemetry {
  const metrics = createMetrics(region)
  const traces = createLimiter(perSecond(tracesPerSecond), { clock, random, maxKeys: 2 })
  const tracing = createTracing({ region, trueTime, random, limiter: traces, onSpan: (span) => emit({ type: 'span', span }) })
  const log = createLog({ region, life, sink, hybridClock, clock, tracing })
  hybridClock.onEvent((event) => log.warn({ clock: event.type }, 'the clock noticed something'))
  return {
    metrics,
    tracing,
    log,
    watched(breaker) {
      breaker.onEvent((event) => {
        if (event.type === 'transition') emit({ type: 'breaker', name: breaker.name, from: event.from, to: event.to, retryAfterMs: breaker.retryAfterMs, reason: event.reason ?? '' })
        if (event.type === 'refused') emit({ type: 'refused', what: 'breakerOpen', detail: breaker.name })
      })
      return breaker
    },
    watchedBalancer(service, balancer) {
      balancer.onEvent((event) => {
        if (event.type === 'hosts') return
        const { host: peer } = event
        metrics.count(event.type === 'ejected' ? 'distrolearn_ejections_total' : 'distrolearn_restorations_total', { peer, service })
        emit(event.type === 'ejected' ? { type: 'ejected', peer, service, reason: event.reason, forMs: event.forMs } : { type: 'restored', peer, service })
      })
      return balancer
    },
    async close() {
      await tracing.close()
      traces[Symbol.dispose]()
      await sink.close()
    },
  }
}
