// Spans of one trace as bars under each other. A region whose clock is off would draw its spans outside their parents: they are put back.

import type { SpanRecord } from '../../src/telemetry/events.ts'

export interface Bar {
  readonly span: SpanRecord
  readonly depth: number
  /** Shares of the trace's whole length, 0..1. */
  readonly from: number
  readonly length: number
  /** By how much the span was moved because its region's clock disagrees, ms. */
  readonly movedMs: number
}

interface Placed {
  readonly span: SpanRecord
  readonly depth: number
  readonly startMs: number
  readonly movedMs: number
}

export const waterfall = (spans: readonly SpanRecord[]): readonly Bar[] => {
  const ids = new Set(spans.map((span) => span.spanId))
  const children = (parent: string | undefined): readonly SpanRecord[] =>
    spans
      .filter((span) => (span.parentSpanId !== undefined && ids.has(span.parentSpanId) ? span.parentSpanId : undefined) === parent)
      .toSorted((a, b) => a.startMs - b.startMs)
  const placed: Placed[] = []
  const seen = new Set<string>()
  const place = (span: SpanRecord, depth: number, parent: Placed | undefined): void => {
    // Spans come from outside: a circle among them must not hang the page.
    if (seen.has(span.spanId)) return
    seen.add(span.spanId)
    const startMs = parent === undefined ? span.startMs : within(span, parent)
    const own = { span, depth, startMs, movedMs: startMs - span.startMs }
    placed.push(own)
    for (const child of children(span.spanId)) place(child, depth + 1, own)
  }
  for (const root of children(undefined)) place(root, 0, undefined)
  const fromMs = Math.min(...placed.map(({ startMs }) => startMs))
  const untilMs = Math.max(...placed.map(({ startMs, span }) => startMs + span.durationMs))
  const wholeMs = Math.max(0.001, untilMs - fromMs)
  return placed.map(({ span, depth, startMs, movedMs }) => ({
    span,
    depth,
    movedMs,
    from: (startMs - fromMs) / wholeMs,
    length: span.durationMs / wholeMs,
  }))
}

/** Where the span starts by its parent's clock: its own word when it fits, otherwise in the middle, half of the wait before and half behind. */
const within = (span: SpanRecord, parent: Placed): number => {
  const told = span.startMs + (span.region === parent.span.region ? parent.movedMs : 0)
  if (span.region === parent.span.region) return told
  const fits = told >= parent.startMs && told + span.durationMs <= parent.startMs + parent.span.durationMs
  return fits || span.durationMs > parent.span.durationMs
    ? fits
      ? told
      : parent.startMs
    : parent.startMs + (parent.span.durationMs - span.durationMs) / 2
}
