/**
 * OpenTelemetry: one trace a saga, over all its lives, and a few counters. A saga started with a `trace` (a W3C traceparent) joins that trace; any other has
 * a trace id of its own, made from its id, so that a life after a crash finds it again without having been told.
 */
import { context, metrics, SpanStatusCode, trace, TraceFlags, type Attributes, type Meter, type Span, type SpanContext, type Tracer } from '@opentelemetry/api'
import { systemClock } from '../ground/clock.ts'
import type { Clock, Engine, SagaEvent } from '../index.ts'

export interface TelemetryOptions {
  /** Default: the global tracer of this name. */
  readonly tracer?: Tracer
  /** Default: the global meter of this name. */
  readonly meter?: Meter
  /** What durations are measured with. Default: the system's. */
  readonly clock?: Pick<Clock, 'monotonic'>
}

interface Life {
  readonly span: Span
  readonly steps: Map<string, { readonly span: Span; readonly at: number }>
}

const NAME = '@distrokit/saga'

/** Turns an engine's events into spans and metrics until it is disposed of. */
export function telemetry(engine: Pick<Engine, 'onEvent'>, options: TelemetryOptions = {}): Disposable {
  const tracer = options.tracer ?? trace.getTracer(NAME)
  const meter = options.meter ?? metrics.getMeter(NAME)
  const sagas = meter.createCounter('saga.sagas', { description: 'Sagas by what became of them' })
  const attempts = meter.createCounter('saga.failed_attempts', { description: 'Attempts of steps and undos that failed' })
  const duration = meter.createHistogram('saga.step.duration', { unit: 'ms', description: 'From the start of a step or an undo to its outcome' })
  const clock = options.clock ?? systemClock
  const lives = new Map<string, Life>()

  function live(event: { readonly saga: string; readonly id: string; readonly trace?: string | undefined; readonly epoch?: number }): Life {
    const known = lives.get(event.id)
    if (known !== undefined) return known
    const home = contextOf(event.trace) ?? ownContext(event.id)
    const span = tracer.startSpan(`saga ${event.saga}`, {
      attributes: { 'saga.name': event.saga, 'saga.id': event.id, ...(event.epoch === undefined ? {} : { 'saga.epoch': event.epoch }) },
      // A later life is linked to where the saga began.
      ...(event.epoch === undefined ? {} : { links: [{ context: home }] }),
    }, trace.setSpanContext(context.active(), home))
    const life: Life = { span, steps: new Map() }
    lives.set(event.id, life)
    return life
  }

  function begin(event: Extract<SagaEvent, { step: string; attempt: number }>, kind: 'step' | 'undo'): void {
    const { span } = live(event)
    const attributes: Attributes = { 'saga.id': event.id, 'saga.step': event.step, 'saga.attempt': event.attempt }
    live(event).steps.set(event.step, { span: tracer.startSpan(`${kind} ${event.step}`, { attributes }, trace.setSpan(context.active(), span)), at: clock.monotonic() })
  }

  function finish(event: Extract<SagaEvent, { step: string }>, error?: Error): void {
    const open = lives.get(event.id)?.steps.get(event.step)
    if (open === undefined) return
    if (error !== undefined) fail(open.span, error)
    open.span.end()
    duration.record(clock.monotonic() - open.at, { 'saga.name': event.saga, 'saga.step': event.step, 'saga.event': event.type })
    lives.get(event.id)?.steps.delete(event.step)
  }

  function end(event: Extract<SagaEvent, { id: string }>, error?: Error): void {
    const life = lives.get(event.id)
    if (life === undefined) return
    for (const { span } of life.steps.values()) span.end()
    if (error !== undefined) fail(life.span, error)
    life.span.setAttribute('saga.state', event.type)
    life.span.end()
    lives.delete(event.id)
  }

  const subscription = engine.onEvent((event) => {
    switch (event.type) {
      case 'started': case 'recovered':
        live(event)
        sagas.add(1, { 'saga.name': event.saga, 'saga.event': event.type })
        break
      case 'step-started': return begin(event, 'step')
      case 'undo-started': return begin(event, 'undo')
      case 'step-done': case 'undone': return finish(event)
      case 'step-failed': case 'undo-failed':
        attempts.add(1, { 'saga.name': event.saga, 'saga.step': event.step })
        if (event.retryMs === undefined) finish(event, event.error)
        else lives.get(event.id)?.steps.get(event.step)?.span.addEvent('attempt failed', { 'error.message': event.error.message, 'retry.ms': event.retryMs })
        break
      case 'compensating':
        live(event).span.addEvent('going back', { 'error.message': event.error.message })
        break
      case 'completed': case 'compensated': case 'stuck':
        sagas.add(1, { 'saga.name': event.saga, 'saga.event': event.type })
        end(event, 'error' in event ? event.error : undefined)
        break
      case 'waiting': case 'lease-lost': end(event); break
      default: break
    }
  })
  return {
    [Symbol.dispose]() {
      subscription[Symbol.dispose]()
      for (const { span, steps } of lives.values()) {
        for (const step of steps.values()) step.span.end()
        span.end()
      }
      lives.clear()
    },
  }
}

/** The `trace` to start a saga with, so that it joins the active span's trace; undefined when there is none. */
export function activeTrace(): string | undefined {
  const active = trace.getSpanContext(context.active())
  return active === undefined ? undefined : `00-${active.traceId}-${active.spanId}-${active.traceFlags.toString(16).padStart(2, '0')}`
}

function fail(span: Span, error: Error): void {
  span.recordException(error)
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
}

function contextOf(traceparent: string | undefined): SpanContext | undefined {
  const [, traceId, spanId, flags] = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/.exec(traceparent ?? '') ?? []
  return traceId === undefined || spanId === undefined ? undefined : { traceId, spanId, traceFlags: Number.parseInt(flags as string, 16), isRemote: true }
}

/** A trace id and a span id spread over the saga's id (FNV-1a with six offsets). */
function ownContext(id: string): SpanContext {
  const word = (offset: number): string => {
    let hash = 0x811c9dc5 ^ Math.imul(offset, 0x9e3779b1)
    for (let index = 0; index < id.length; index++) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193)
    return (hash >>> 0).toString(16).padStart(8, '0')
  }
  return { traceId: [1, 2, 3, 4].map(word).join(''), spanId: [5, 6].map(word).join(''), traceFlags: TraceFlags.SAMPLED, isRemote: true }
}
