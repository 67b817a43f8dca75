// Promise: whatever the demo shows, prints, checks or reports comes from this one stream of events.

import type { Stamp } from '@distrokit/hlc'
import type { RegionName } from '../ground/regions.ts'

/** What a request ended as, from the learner's point of view. */
export type RequestOutcome = 'ok' | 'retried' | 'rate-limited' | 'unavailable' | 'failed'
export type BreakerState = 'closed' | 'open' | 'half-open' | 'isolated'
export type SagaState = 'running' | 'waiting' | 'compensating' | 'completed' | 'compensated' | 'stuck'
export type SagaStepState = 'running' | 'done' | 'failed' | 'undoing' | 'undone'

export interface Gauge {
  /** Things held now. */
  readonly size: number
  /** The most it may ever hold. */
  readonly bound: number
}

/** One learner's preferences as one replica sees them. */
export interface PreferenceCard {
  readonly learner: string
  readonly values: Readonly<Record<string, string>>
}

/** Everything a region tells about itself, a few times a second. */
export interface RegionStatus {
  readonly life: number
  readonly wallMs: number
  readonly skewMs: number
  readonly stamp: Stamp
  readonly leadMs: number
  readonly replica: { readonly digest: string; readonly version: Readonly<Record<string, number | readonly number[]>>; readonly clicks: number; readonly roster: number }
  readonly preferences: PreferenceCard
  /** Tokens left in named buckets. */
  readonly buckets: readonly { readonly name: string; readonly remaining: number; readonly limit: number }[]
  readonly breakers: readonly { readonly name: string; readonly state: BreakerState; readonly retryAfterMs: number }[]
  readonly bounds: Readonly<Record<string, Gauge>>
  readonly counters: Readonly<Record<string, number>>
}

/** What a span of a trace looks like on the page. */
export interface SpanRecord {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string | undefined
  readonly name: string
  readonly region: RegionName
  readonly startMs: number
  readonly durationMs: number
  readonly status: 'ok' | 'error'
  readonly attributes: Readonly<Record<string, string | number | boolean>>
}

type Body =
  | { readonly type: 'region'; readonly state: 'starting' | 'up' | 'killed' | 'down'; readonly life: number }
  | { readonly type: 'status'; readonly status: RegionStatus }
  | { readonly type: 'request'; readonly route: string; readonly outcome: RequestOutcome; readonly durationMs: number; readonly traceId?: string; readonly learner?: string }
  | { readonly type: 'call'; readonly to: string; readonly service: string; readonly outcome: 'ok' | 'failed' | 'refused' | 'retried'; readonly durationMs: number; readonly traceId?: string }
  | { readonly type: 'breaker'; readonly name: string; readonly from: BreakerState; readonly to: BreakerState; readonly retryAfterMs: number; readonly reason: string }
  /** A balancer: this peer is not asked first for a while, or is again. */
  | { readonly type: 'ejected'; readonly peer: string; readonly service: string; readonly reason: string; readonly forMs: number }
  | { readonly type: 'restored'; readonly peer: string; readonly service: string }
  | { readonly type: 'refused'; readonly what: 'rateLimited' | 'breakerOpen' | 'strongUnavailable' | 'drift'; readonly detail: string }
  | { readonly type: 'saga'; readonly id: string; readonly name: string; readonly state: SagaState; readonly recovered?: boolean }
  | { readonly type: 'saga-step'; readonly id: string; readonly name: string; readonly step: string; readonly state: SagaStepState; readonly error?: string }
  | { readonly type: 'gossip'; readonly peer: RegionName; readonly bytes: number; readonly applied: number; readonly outcome: 'ok' | 'failed' | 'drift' | 'corrupt'; readonly durationMs?: number | undefined }
  | { readonly type: 'span'; readonly span: SpanRecord }
  | { readonly type: 'admitted'; readonly quota: string; readonly atMs: number; readonly limit: number; readonly perMs: number; readonly burst: number }
  /** `fault` is the name of the switch in control.ts; `target` a region, or a link as linkName gives it (absent: all of them); `amount` the switch's own unit (ms, share). */
  | { readonly type: 'fault'; readonly fault: string; readonly on: boolean; readonly detail: string; readonly target?: string | undefined; readonly amount?: number | undefined }
  | { readonly type: 'replay'; readonly day: number; readonly lastDay: number; readonly done: number; readonly total: number; readonly waiting: number }
  | { readonly type: 'invariant'; readonly name: string; readonly holds: boolean; readonly detail: string }
  | { readonly type: 'narration'; readonly text: string }

/** `world` speaks for the supervisor, the outside providers and the learners. */
export type Speaker = RegionName | 'world'
export type DemoEvent = Body & { readonly region: Speaker; readonly atMs: number }
/** As it travels to the page: numbered, so that a reader can tell what it missed. */
export type NumberedEvent = DemoEvent & { readonly sequence: number }

export type EventBody = Body
export type Emit = (body: Body) => void
