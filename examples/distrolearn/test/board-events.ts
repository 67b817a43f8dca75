// Arbitrary streams of events, as unruly as regions can make them.

import * as fc from 'fast-check'
import { type Board, emptyBoard, reduce } from '../src/board/board.ts'
import type { FedEvent } from '../src/board/fed-event.ts'
import { regionNames } from '../src/ground/regions.ts'
import type { DemoEvent, EventBody, Speaker } from '../src/telemetry/events.ts'

const region = fc.constantFrom(...regionNames)
const breakerState = fc.constantFrom('closed', 'open', 'half-open', 'isolated') as fc.Arbitrary<
  'closed' | 'open' | 'half-open' | 'isolated'
>
const name = fc.constantFrom('payments', 'notifications', 'region dublin')
const traceId = fc.integer({ min: 0, max: 400 }).map(String)
const sagaId = fc.integer({ min: 0, max: 90 }).map((number) => `enrol/A/${number}/1`)
const durationMs = fc.double({ min: 0, max: 5000, noNaN: true })
const text = fc.constantFrom('a', 'b', 'c')

const body: fc.Arbitrary<EventBody> = fc.oneof(
  fc.record({
    type: fc.constant('region' as const),
    state: fc.constantFrom('starting', 'up', 'killed', 'down'),
    life: fc.nat(4),
  }) as fc.Arbitrary<EventBody>,
  fc.record({
    type: fc.constant('status' as const),
    status: fc.record({
      life: fc.nat(4),
      wallMs: fc.nat(),
      skewMs: fc.integer({ min: -60_000, max: 60_000 }),
      stamp: fc.record({ ms: fc.nat(), count: fc.nat(9), node: region }),
      leadMs: fc.nat(100),
      replica: fc.record({ digest: text, version: fc.dictionary(region, fc.nat(50)), clicks: fc.nat(), roster: fc.nat() }),
      preferences: fc.record({ learner: text, values: fc.dictionary(text, text) }),
      buckets: fc.array(fc.record({ name: text, remaining: fc.nat(9), limit: fc.constant(9) }), { maxLength: 2 }),
      breakers: fc.array(fc.record({ name, state: breakerState, retryAfterMs: fc.nat(3000) }), { maxLength: 3 }),
      bounds: fc.constant({}),
      counters: fc.constant({}),
    }),
  }),
  fc.record({
    type: fc.constant('request' as const),
    route: text,
    outcome: fc.constantFrom('ok', 'retried', 'rate-limited', 'unavailable', 'failed'),
    durationMs,
    traceId,
  }) as fc.Arbitrary<EventBody>,
  fc.record({
    type: fc.constant('call' as const),
    to: fc.constantFrom(...regionNames, 'payments'),
    service: text,
    outcome: fc.constantFrom('ok', 'failed', 'refused', 'retried'),
    durationMs,
  }) as fc.Arbitrary<EventBody>,
  fc.record({
    type: fc.constant('breaker' as const),
    name,
    from: breakerState,
    to: breakerState,
    retryAfterMs: fc.nat(3000),
    reason: text,
  }),
  fc.record({
    type: fc.constant('ejected' as const),
    peer: fc.constantFrom(...regionNames),
    service: text,
    reason: text,
    forMs: fc.nat(5000),
  }),
  fc.record({ type: fc.constant('restored' as const), peer: fc.constantFrom(...regionNames), service: text }),
  fc.record({
    type: fc.constant('refused' as const),
    what: fc.constantFrom('rateLimited', 'breakerOpen', 'strongUnavailable', 'drift'),
    detail: text,
  }) as fc.Arbitrary<EventBody>,
  fc.record({
    type: fc.constant('saga' as const),
    id: sagaId,
    name: fc.constantFrom('enrol', 'withdraw'),
    state: fc.constantFrom('running', 'waiting', 'compensating', 'completed', 'compensated', 'stuck'),
    recovered: fc.boolean(),
  }) as fc.Arbitrary<EventBody>,
  fc.record({
    type: fc.constant('saga-step' as const),
    id: sagaId,
    name: fc.constantFrom('enrol', 'withdraw'),
    step: fc.nat(20).map(String),
    state: fc.constantFrom('running', 'done', 'failed', 'undoing', 'undone'),
  }) as fc.Arbitrary<EventBody>,
  fc.record({
    type: fc.constant('gossip' as const),
    peer: region,
    bytes: fc.nat(),
    applied: fc.nat(),
    outcome: fc.constantFrom('ok', 'failed', 'drift'),
    durationMs,
  }) as fc.Arbitrary<EventBody>,
  fc.record({
    type: fc.constant('span' as const),
    span: fc.record({
      traceId,
      spanId: fc.nat().map(String),
      parentSpanId: fc.option(fc.nat().map(String), { nil: undefined }),
      name: text,
      region,
      startMs: fc.nat(),
      durationMs,
      status: fc.constantFrom('ok' as const, 'error' as const),
      attributes: fc.constant({}),
    }),
  }),
  fc.record({
    type: fc.constant('fault' as const),
    fault: fc.constantFrom('cut', 'latency', 'heal'),
    on: fc.boolean(),
    detail: text,
    target: fc.option(fc.nat(60).map(String), { nil: undefined }),
  }),
  fc.record({ type: fc.constant('invariant' as const), name: fc.nat(60).map(String), holds: fc.boolean(), detail: text }),
  fc.record({
    type: fc.constant('replay' as const),
    day: fc.nat(268),
    lastDay: fc.constant(268),
    done: fc.nat(),
    total: fc.nat(),
    waiting: fc.nat(),
  }),
  fc.record({ type: fc.constant('narration' as const), text }),
)

export const anyEvent: fc.Arbitrary<DemoEvent> = fc
  .tuple(body, fc.constantFrom(...regionNames, 'world' as const), fc.nat())
  .map(([told, speaker, atMs]) => ({ ...told, region: speaker, atMs }))

/** Numbered and timed, as a feed would have it. */
export const fed = (events: readonly (readonly [DemoEvent, number])[]): readonly FedEvent[] => {
  let arrivedMs = 0
  return events.map(([event, laterMs], index) => ({ ...event, sequence: index + 1, arrivedMs: (arrivedMs += laterMs) }))
}

export const anyStream = (maxLength: number): fc.Arbitrary<readonly FedEvent[]> =>
  fc.array(fc.tuple(anyEvent, fc.integer({ min: 0, max: 900 })), { maxLength, size: 'max' }).map(fed)

/** What a test wants told, in short. */
export type Told = readonly [atMs: number, region: Speaker, body: EventBody]

export const stream = (...told: readonly Told[]): readonly FedEvent[] =>
  told.map(([arrivedMs, region, body], index) => ({ ...body, region, atMs: 0, sequence: index + 1, arrivedMs }))

export const boardOf = (...told: readonly Told[]): Board => reduce(emptyBoard, stream(...told))
