/**
 * OpenTelemetry metrics and spans, through the shapes of `@opentelemetry/api`: hand in a meter or a tracer of your own.
 *
 * @module
 */
import type { Breaker } from '../breaker.ts'
import { contextOf } from '../context.ts'
import { isRefusal } from '../core/judgement.ts'
import type { Policy } from '../ground/types.ts'
import type { Hedge } from '../hedge.ts'
import type { Handle } from '../listeners.ts'
import type { Retry } from '../retry.ts'

type Attributes = Readonly<Record<string, string | number | boolean>>

interface Adds {
  add(value: number, attributes?: Attributes): void
}

interface Instrument {
  readonly description?: string
  readonly unit?: string
}

/** The part of OpenTelemetry's `Meter` that is used. */
export interface Meter {
  createCounter(name: string, options?: Instrument): Adds
  createUpDownCounter(name: string, options?: Instrument): Adds
  createHistogram(name: string, options?: Instrument): { record(value: number, attributes?: Attributes): void }
  createObservableGauge(name: string, options?: Instrument): {
    addCallback(callback: (result: { observe(value: number, attributes?: Attributes): void }) => void): void
    removeCallback(callback: (result: { observe(value: number, attributes?: Attributes): void }) => void): void
  }
}

/** The part of OpenTelemetry's `Span` that is used. */
export interface Span {
  setAttributes(attributes: Attributes): unknown
  recordException(exception: Error | string): void
  setStatus(status: { code: number; message?: string }): unknown
  end(): void
}

/** The part of OpenTelemetry's `Tracer` that is used. */
export interface Tracer {
  startActiveSpan<T>(name: string, run: (span: Span) => T): T
}

/** `SpanStatusCode.ERROR` */
const ERROR = 2

/**
 * Metrics of a breaker: `breaker.state` (1 for the state it is in), `breaker.transitions`, `breaker.calls` by outcome, and
 * `breaker.call.duration` in seconds. The only name among the attributes is the breaker's own; for breakers by key, name them alike,
 * or the number of time series grows with the keys.
 */
export function observeBreaker(breaker: Breaker, meter: Meter): Handle {
  const states = meter.createUpDownCounter('breaker.state', { description: '1 for the state that the breaker is in' })
  const transitions = meter.createCounter('breaker.transitions', { description: 'changes of state', unit: '{transition}' })
  const calls = meter.createCounter('breaker.calls', { description: 'calls by outcome', unit: '{call}' })
  const durations = meter.createHistogram('breaker.call.duration', { description: 'duration of calls that were let through', unit: 's' })
  const name = { 'breaker.name': breaker.name }
  let state = breaker.state
  const enter = (next: typeof state, by: number): void => states.add(by, { ...name, 'breaker.state': next })
  enter(state, 1)
  const listening = breaker.onEvent((event) => {
    if (event.type === 'refused') calls.add(1, { ...name, 'breaker.outcome': 'refused' })
    if (event.type === 'outcome') {
      calls.add(1, { ...name, 'breaker.outcome': event.stale ? 'stale' : event.verdict })
      durations.record(event.durationMs / 1000, { ...name, 'breaker.outcome': event.verdict })
    }
    if (event.type !== 'transition') return
    transitions.add(1, { ...name, 'breaker.from': event.from, 'breaker.to': event.to })
    enter(state, -1)
    enter((state = event.to), 1)
  })
  return {
    [Symbol.dispose]() {
      listening[Symbol.dispose]()
      enter(state, -1)
    },
  }
}

/** `retry.attempts`: further attempts by result, `retried` or why they were suppressed. */
export function observeRetry(retry: Retry, meter: Meter, name: string): Handle {
  const attempts = meter.createCounter('retry.attempts', { description: 'further attempts, made or suppressed', unit: '{attempt}' })
  return retry.onEvent((event) => attempts.add(1, { 'retry.name': name, 'retry.result': event.type === 'retry' ? 'retried' : event.reason }))
}

/** `hedge.attempts`: further attempts by result, `sent`, `won`, or why they were suppressed. */
export function observeHedge(hedge: Hedge, meter: Meter, name: string): Handle {
  const attempts = meter.createCounter('hedge.attempts', { description: 'hedges, sent, won or suppressed', unit: '{attempt}' })
  const result = { hedge: 'sent', won: 'won' } as const
  return hedge.onEvent((event) => attempts.add(1, { 'hedge.name': name, 'hedge.result': event.type === 'suppressed' ? event.reason : result[event.type] }))
}

/** `limit.active` of a bulkhead or an adaptive limit, and `limit.queued` or `limit.current` where it has them. */
export function observeLimit(policy: { readonly active: number; readonly queued?: number; readonly limit?: number }, meter: Meter, name: string): Handle {
  const gauges = ([['limit.active', 'active'], ['limit.queued', 'queued'], ['limit.current', 'limit']] as const)
    .filter(([, field]) => policy[field] !== undefined)
    .map(([metric, field]) => {
      const gauge = meter.createObservableGauge(metric, { unit: '{call}' })
      const callback = (result: { observe(value: number, attributes?: Attributes): void }): void => result.observe(policy[field] ?? 0, { 'limit.name': name })
      gauge.addCallback(callback)
      return () => gauge.removeCallback(callback)
    })
  return { [Symbol.dispose]: () => gauges.forEach((remove) => remove()) }
}

/**
 * A policy that puts a span around what is within it: outermost for the whole call, innermost for each attempt. Refusals are told from
 * failures by `call.refused`.
 */
export function traced(tracer: Tracer, name: string): Policy {
  return {
    run: (call, options) =>
      tracer.startActiveSpan(name, async (span) => {
        try {
          const context = contextOf(options)
          span.setAttributes({ 'call.attempt': context.attempt })
          return await call(context)
        } catch (error) {
          span.setAttributes({ 'call.refused': isRefusal(error) })
          span.recordException(error instanceof Error ? error : String(error))
          span.setStatus({ code: ERROR, message: error instanceof Error ? error.message : String(error) })
          throw error
        } finally {
          span.end()
        }
      }),
  }
}
