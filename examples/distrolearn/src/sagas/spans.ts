// Promise: each step of a saga, and each undo, is a span in the trace of the request that started the saga.

import type { SagaEvent } from '@distrokit/saga'
import { LRUCache } from 'lru-cache'
import type { Tracing } from '../telemetry/tracing.ts'

/** Sagas whose trace is remembered. One that is forgotten, or was started in an earlier life, has spans in traces of their own. */
const maxTraces = 2_000
/** Steps under way at once; the oldest gives way and its span is never told. */
const maxOpen = 4_000

export interface SagaSpans {
  /** Called in the flow of the request that starts the saga. */
  started(id: string): void
  push(event: SagaEvent): void
}

export function createSagaSpans(tracing: Tracing): SagaSpans {
  const traces = new LRUCache<string, string>({ max: maxTraces })
  const open = new LRUCache<string, { end(error?: Error): void }>({ max: maxOpen })
  const end = (key: string, error?: Error): void => {
    open.get(key)?.end(error)
    open.delete(key)
  }
  return {
    started(id) {
      const traceparent = tracing.traceparent()
      if (traceparent !== undefined && !traces.has(id)) traces.set(id, traceparent)
    },
    push(event) {
      switch (event.type) {
        case 'step-started':
        case 'undo-started': {
          const name = event.type === 'step-started' ? event.step : `undo ${event.step}`
          open.set(`${event.id} ${name}`, tracing.begin(`${event.saga}: ${name}`, { 'saga.id': event.id, attempt: event.attempt }, traces.get(event.id)))
          return
        }
        case 'step-done':
        case 'step-late':
          return end(`${event.id} ${event.step}`)
        case 'undone':
          return end(`${event.id} undo ${event.step}`)
        case 'step-failed':
          return end(`${event.id} ${event.step}`, event.error)
        case 'undo-failed':
          return end(`${event.id} undo ${event.step}`, event.error)
      }
    },
  }
}
