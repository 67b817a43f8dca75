// Promise: a request can be followed across regions, retries and saga steps, at a bounded number of traces a second.

import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Attributes, type Context, type HrTime, type Span } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { AlwaysOffSampler, ParentBasedSampler, SamplingDecision, TracerProvider, type IdGenerator, type ReadableSpan, type Sampler, type SpanProcessor } from '@opentelemetry/sdk-trace'
import type { Limiter } from '@distrokit/ratelimit'
import type { RegionName } from '../ground/regions.ts'
import type { SpanRecord } from './events.ts'

export interface Tracing {
  /** Runs `body` inside a span: the child of whichever is active, else the root of a trace. Its error ends the span as failed. */
  span<T>(name: string, attributes: Attributes, body: (span: Span) => Promise<T>): Promise<T>
  /** Begins a span that no call stack encloses, in the trace that a `traceparent` names, or at the root of one. */
  begin(name: string, attributes: Attributes, traceparent: string | undefined): { end(error?: Error): void }
  /** Continues the trace that a `traceparent` header names. */
  continued<T>(traceparent: string | null | undefined, body: () => Promise<T>): Promise<T>
  /** The header for whoever is called next; undefined outside a trace. */
  traceparent(): string | undefined
  traceId(): string | undefined
  close(): Promise<void>
}

export interface TracingOptions {
  readonly region: RegionName
  /** Milliseconds that every region reads alike, so that the spans of a trace stand in line whatever a wall clock says. */
  readonly trueTime: () => number
  readonly random: () => number
  /** Says which new traces are recorded, so that a flood of requests is not also a flood of spans. */
  readonly limiter: Limiter
  readonly onSpan: (span: SpanRecord) => void
}

const milliseconds = ([seconds, nanos]: HrTime): number => seconds * 1_000 + nanos / 1e6
const instant = (ms: number): HrTime => [Math.floor(ms / 1_000), Math.round((ms % 1_000) * 1e6)]

/** Ids from the region's own randomness; never all zeros, which W3C Trace Context forbids. */
function idsFrom(random: () => number): IdGenerator {
  const word = (): string => (1 + Math.floor(random() * 0xffff_ffff)).toString(16).padStart(8, '0')
  return { generateTraceId: () => word() + word() + word() + word(), generateSpanId: () => word() + word() }
}

function attributesOf(span: ReadableSpan): SpanRecord['attributes'] {
  return Object.fromEntries(Object.entries(span.attributes).filter((pair): pair is [string, string | number | boolean] => ['string', 'number', 'boolean'].includes(typeof pair[1])))
}

function recordOf(region: RegionName, span: ReadableSpan): SpanRecord {
  const { traceId, spanId } = span.spanContext()
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId,
    name: span.name,
    region,
    startMs: milliseconds(span.startTime),
    durationMs: milliseconds(span.duration),
    status: span.status.code === SpanStatusCode.ERROR ? 'error' : 'ok',
    attributes: attributesOf(span),
  }
}

/** `00-traceid-spanid-flags`, as W3C Trace Context writes it. */
const traceparentForm = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

function parse(traceparent: string | null | undefined): Context {
  const found = traceparentForm.exec(traceparent ?? '')
  if (found === null) return ROOT_CONTEXT
  const [, traceId = '', spanId = '', flags = ''] = found
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true })
}

let managed = false
/** The one thing that is global in OpenTelemetry and must be: which asynchronous flow we are in. */
function manageContext(): void {
  if (!managed) managed = context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
}

export function createTracing({ region, trueTime, random, limiter, onSpan }: TracingOptions): Tracing {
  manageContext()
  const budgeted: Sampler = {
    shouldSample: () => ({ decision: limiter.take('trace').allowed ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD }),
    toString: () => 'a bounded number of traces a second',
  }
  const processor: SpanProcessor = {
    onStart: () => undefined,
    onEnd: (span) => onSpan(recordOf(region, span)),
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  }
  const sampler = new ParentBasedSampler({ root: budgeted, remoteParentNotSampled: new AlwaysOffSampler() })
  const provider = new TracerProvider({ sampler, spanProcessors: [processor], idGenerator: idsFrom(random) })
  const tracer = provider.getTracer('distrolearn')
  return {
    span: (name, attributes, body) =>
      tracer.startActiveSpan(name, { kind: SpanKind.INTERNAL, attributes, startTime: instant(trueTime()) }, async (span) => {
        try {
          return await body(span)
        } catch (error) {
          span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) })
          throw error
        } finally {
          span.end(instant(trueTime()))
        }
      }),
    begin(name, attributes, traceparent) {
      const span = tracer.startSpan(name, { kind: SpanKind.INTERNAL, attributes, startTime: instant(trueTime()) }, parse(traceparent))
      return {
        end(error) {
          if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
          span.end(instant(trueTime()))
        },
      }
    },
    continued: (traceparent, body) => context.with(parse(traceparent), body),
    traceparent() {
      const active = trace.getSpanContext(context.active())
      return active === undefined ? undefined : `00-${active.traceId}-${active.spanId}-${active.traceFlags === TraceFlags.SAMPLED ? '01' : '00'}`
    },
    traceId: () => {
      const active = trace.getSpanContext(context.active())
      return active?.traceFlags === TraceFlags.SAMPLED ? active.traceId : undefined
    },
    async close() {
      await provider.shutdown()
    },
  }
}
