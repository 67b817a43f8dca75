import { metrics, trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { adaptive, bulkhead, compose, createBudget, hedge, retry } from '@distrokit/breaker'
import { observeBreaker, observeHedge, observeLimit, observeRetry, traced } from '@distrokit/breaker/otel'
import type { Meter, Span, Tracer } from '@distrokit/breaker/otel'
import { manualClock } from '@distrokit/breaker/testing'
import { failTimes, pending, setUp, succeed } from './world.ts'

/** Sums what is added, by metric and attributes; keeps what is recorded and observed. */
function fakeMeter() {
  const sums = new Map<string, number>()
  const recorded: number[] = []
  const callbacks = new Set<() => void>()
  const key = (name: string, attributes: object = {}): string => [name, ...Object.values(attributes)].join(' ')
  const adds = (name: string) => ({ add: (value: number, attributes?: object) => void sums.set(key(name, attributes), (sums.get(key(name, attributes)) ?? 0) + value) })
  type Callback = Parameters<ReturnType<Meter['createObservableGauge']>['addCallback']>[0]
  const meter: Meter = {
    createCounter: adds,
    createUpDownCounter: adds,
    createHistogram: () => ({ record: (value) => void recorded.push(value) }),
    createObservableGauge: (name) => {
      const runs = new Map<Callback, () => void>()
      return {
        addCallback(callback) {
          const run = () => callback({ observe: (value, attributes) => void sums.set(key(name, attributes), value) })
          runs.set(callback, run)
          callbacks.add(run)
        },
        removeCallback: (callback) => void callbacks.delete(runs.get(callback) as () => void),
      }
    },
  }
  return { meter, sums, recorded, collect: () => callbacks.forEach((run) => run()), callbacks }
}

describe('OpenTelemetry', () => {
  it('counts the calls, transitions and states of a breaker, and durations in seconds', async () => {
    const { breaker, clock } = setUp({ name: 'payments' })
    const { meter, sums, recorded } = fakeMeter()
    const watching = observeBreaker(breaker, meter)
    const slow = pending()
    const running = breaker.run(slow.call)
    await clock.advance(250)
    slow.resolve('well')
    await running
    expect(recorded).toEqual([0.25])
    await failTimes(breaker, 4)
    expect(Object.fromEntries(sums)).toMatchObject({
      'breaker.calls payments ok': 1,
      'breaker.calls payments fail': 3,
      'breaker.calls payments refused': 1,
      'breaker.transitions payments closed open': 1,
      'breaker.state payments closed': 0,
      'breaker.state payments open': 1,
    })
    watching[Symbol.dispose]()
    expect(sums.get('breaker.state payments open')).toBe(0)
    await clock.advance(1000)
    await succeed(breaker)
    expect(sums.get('breaker.calls payments ok')).toBe(1)
  })

  it('counts retries and hedges, made and suppressed', async () => {
    const clock = manualClock()
    const { meter, sums } = fakeMeter()
    const again = retry({ retries: 1, baseMs: 0, clock })
    observeRetry(again, meter, 'r')
    const running = again.run(() => Promise.reject(new Error('down'))).catch(() => {})
    await clock.advance(0)
    await running
    const hedged = hedge({ afterMs: 1, budget: createBudget({ ratio: 1, reservePerSecond: 0, clock }), clock })
    observeHedge(hedged, meter, 'h')
    const hedging = hedged.run(({ attempt }) => (attempt === 1 ? new Promise(() => {}) : 'fast'))
    await clock.advance(1)
    await hedging
    expect(Object.fromEntries(sums)).toEqual({ 'retry.attempts r retried': 1, 'hedge.attempts h sent': 1, 'hedge.attempts h won': 1 })
  })

  it('shows limits as gauges until it is told to stop', () => {
    const { meter, sums, collect, callbacks } = fakeMeter()
    const limit = bulkhead({ limit: 1, queue: 1 })
    const watching = [observeLimit(limit, meter, 'b'), observeLimit(adaptive(), meter, 'a')]
    void limit.run(() => new Promise(() => {}))
    void limit.run(() => new Promise(() => {}))
    collect()
    expect(Object.fromEntries(sums)).toEqual({ 'limit.active b': 1, 'limit.queued b': 1, 'limit.active a': 0, 'limit.current a': 20 })
    for (const handle of watching) handle[Symbol.dispose]()
    expect(callbacks.size).toBe(0)
  })

  it('puts a span around each attempt, with its error', async () => {
    const spans: Record<string, unknown>[] = []
    const tracer: Tracer = {
      startActiveSpan(name, run) {
        const facts: Record<string, unknown> = { name }
        spans.push(facts)
        const span: Span = {
          setAttributes: (attributes) => Object.assign(facts, attributes),
          recordException: (error) => void (facts['exception'] = error),
          setStatus: ({ code }) => void (facts['status'] = code),
          end: () => void (facts['ended'] = true),
        }
        return run(span)
      },
    }
    const policy = compose(retry({ retries: 1, baseMs: 0 }), traced(tracer, 'charge'))
    expect(await policy.run(({ attempt }) => (attempt === 1 ? Promise.reject(new Error('down')) : 'well'))).toBe('well')
    expect(spans).toEqual([
      { name: 'charge', 'call.attempt': 1, 'call.refused': false, exception: new Error('down'), status: 2, ended: true },
      { name: 'charge', 'call.attempt': 2, ended: true },
    ])
  })

  it('takes the meters and tracers of @opentelemetry/api as they are', async () => {
    const { breaker } = setUp()
    const watching = observeBreaker(breaker, metrics.getMeter('test'))
    observeLimit(bulkhead({ limit: 1 }), metrics.getMeter('test'), 'b')[Symbol.dispose]()
    expect(await compose(traced(trace.getTracer('test'), 'call'), breaker).run(() => 1)).toBe(1)
    watching[Symbol.dispose]()
  })
})
