/** One trace a saga, over all its lives. The tracer here is a small one that remembers. */
import { saga } from '@distrokit/saga'
import { telemetry } from '@distrokit/saga/otel'
import { ROOT_CONTEXT, trace, type Context, type Link, type Span, type SpanContext, type SpanOptions, type Tracer } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { createTop, failure } from './bench-top.ts'

interface Kept {
  readonly name: string
  readonly traceId: string
  readonly parent: string | undefined
  readonly links: readonly Link[]
  readonly error: string | undefined
  readonly ended: boolean
}

function rememberingTracer(): { readonly tracer: Tracer; readonly spans: Kept[] } {
  const spans: (Kept & { error: string | undefined; ended: boolean })[] = []
  const startSpan = (name: string, options: SpanOptions = {}, within: Context = ROOT_CONTEXT): Span => {
    const parent = trace.getSpanContext(within)
    const own: SpanContext = { traceId: parent?.traceId ?? 'none', spanId: String(spans.length).padStart(16, '0'), traceFlags: 1 }
    const kept = { name, traceId: own.traceId, parent: parent?.spanId, links: options.links ?? [], error: undefined as string | undefined, ended: false }
    spans.push(kept)
    return {
      spanContext: () => own, end: () => void (kept.ended = true), recordException: (error: Error) => void (kept.error = error.message),
      setStatus: () => {}, setAttribute: () => {}, addEvent: () => {}, isRecording: () => true,
    } as unknown as Span
  }
  return { tracer: { startSpan } as unknown as Tracer, spans }
}

test('a saga that is killed and taken over is one trace, its second life linked to where it began; every span ends', async () => {
  const top = createTop()
  const definition = saga('s', async ({ step }) => {
    await step('a', () => 1, () => 1)
    await step('b', () => new Promise<void>((resolve) => void top.world.clock.after(1_000, resolve)))
    throw new Error('no')
  })
  const { tracer, spans } = rememberingTracer()
  const first = top.engine({ sagas: [definition] })
  telemetry(first, { tracer })
  await top.until(first.start(definition, null, { id: 'x' }))
  await top.world.pass(100)
  first.life.kill()
  const second = top.engine({ sagas: [definition] })
  const watching = telemetry(second, { tracer })
  await failure(top.until(second.result('x')))
  watching[Symbol.dispose]()
  expect(spans.map((span) => span.name)).toEqual(['saga s', 'step a', 'step b', 'saga s', 'step b', 'undo a'])
  expect(new Set(spans.map((span) => span.traceId)).size).toBe(1)
  expect(spans[0]?.traceId).toMatch(/^[0-9a-f]{32}$/)
  expect(spans[3]?.links.map((link) => link.context.traceId)).toEqual([spans[0]?.traceId])
  expect(spans.slice(3).every((span) => span.ended)).toBe(true)
})

test('a saga that was started with a traceparent joins that trace', async () => {
  const top = createTop()
  const definition = saga('s', ({ step }) => step('a', () => { throw new Error('broken') }))
  const { tracer, spans } = rememberingTracer()
  const engine = top.engine({ sagas: [definition] })
  telemetry(engine, { tracer })
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const run = await top.until(engine.start(definition, null, { trace: `00-${traceId}-b7ad6b7169203331-01` }))
  await failure(top.until(run.result()))
  expect(spans.map((span) => [span.name, span.traceId, span.error])).toEqual([['saga s', traceId, undefined], ['step a', traceId, 'broken']])
  expect(spans[0]?.parent).toBe('b7ad6b7169203331')
})
