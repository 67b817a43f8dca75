/**
 * OpenTelemetry metrics of a document's sync, through the shape of `@opentelemetry/api`: hand in a meter of your own.
 * @module
 */
import type { Sync } from '../sync.ts'

type Attributes = Readonly<Record<string, string | number | boolean>>

/** The part of OpenTelemetry's `Meter` that is used. */
export interface Meter {
  createCounter(name: string, options?: { readonly description?: string; readonly unit?: string }): { add(value: number, attributes?: Attributes): void }
  createGauge(name: string, options?: { readonly description?: string; readonly unit?: string }): { record(value: number, attributes?: Attributes): void }
}

export interface ObserveOptions {
  /** Goes with every point as `crdt.document`. */
  readonly name: string
  readonly meter: Meter
}

/**
 * Starts reporting; dispose of the result to stop: `crdt.operations` by `crdt.result` (applied, duplicate, pending), `crdt.missing` (operations known to be absent),
 * `crdt.events` by `crdt.event` (hello, applied, refused, fork, stale, collected), and `crdt.epoch`. Actors are never reported: there is no bound on them.
 */
export function observeSync(sync: Pick<Sync, 'onEvent'>, { name, meter }: ObserveOptions): Disposable {
  const own = { 'crdt.document': name }
  const events = meter.createCounter('crdt.events', { description: 'Events of sync by type', unit: '{event}' })
  const operations = meter.createCounter('crdt.operations', { description: 'Operations received, by what became of them', unit: '{operation}' })
  const missing = meter.createGauge('crdt.missing', { description: 'Operations that are known to be absent', unit: '{operation}' })
  const epoch = meter.createGauge('crdt.epoch', { description: 'Collections of garbage that the document has been through' })
  return sync.onEvent((event) => {
    events.add(1, { ...own, 'crdt.event': event.type })
    if (event.type === 'collected') epoch.record(event.epoch, own)
    if (event.type !== 'applied') return
    for (const result of ['applied', 'duplicate', 'pending'] as const) if (event.result[result] > 0) operations.add(event.result[result], { ...own, 'crdt.result': result })
    missing.record(event.result.missing.reduce((sum, { from, to }) => sum + to - from + 1, 0), own)
  })
}
