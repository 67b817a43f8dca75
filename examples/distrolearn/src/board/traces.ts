// Promise: whatever was clicked in the last two hundred requests can be opened, in bounded memory.

import type { RequestOutcome, SpanRecord, Speaker } from '../telemetry/events.ts'
import type { FedEvent } from './fed-event.ts'

export const maxTraces = 200
export const maxSpans = 32

export interface Trace {
  readonly traceId: string
  readonly spans: readonly SpanRecord[]
  /** Spans beyond the bound, counted and not kept. */
  readonly dropped: number
  readonly atMs: number
  /** What the learner asked, once the request has ended. */
  readonly request?: { readonly route: string; readonly outcome: RequestOutcome; readonly durationMs: number; readonly region: Speaker }
}

export const reduceTraces = (traces: readonly Trace[], events: readonly FedEvent[]): readonly Trace[] => {
  const touched = events.filter((event) => event.type === 'span' || (event.type === 'request' && event.traceId !== undefined))
  if (touched.length === 0) return traces
  // One map for the whole batch: insertion order is age, so the first key is the one to forget.
  const byId = new Map(traces.map((trace) => [trace.traceId, trace]))
  for (const event of touched) {
    const traceId = event.type === 'span' ? event.span.traceId : event.type === 'request' ? (event.traceId ?? '') : ''
    const before = byId.get(traceId) ?? { traceId, spans: [], dropped: 0, atMs: event.arrivedMs }
    if (event.type === 'span') byId.set(traceId, withSpan(before, event.span))
    else if (event.type === 'request') {
      const { route, outcome, durationMs, region } = event
      byId.set(traceId, { ...before, request: { route, outcome, durationMs, region } })
    }
    const oldest = byId.size > maxTraces ? byId.keys().next().value : undefined
    if (oldest !== undefined) byId.delete(oldest)
  }
  return [...byId.values()]
}

const withSpan = (trace: Trace, span: SpanRecord): Trace =>
  trace.spans.length < maxSpans ? { ...trace, spans: [...trace.spans, span] } : { ...trace, dropped: trace.dropped + 1 }
