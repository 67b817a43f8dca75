import { ahead } from './core/stamp.ts'
import { systemClock } from './ground/clock.ts'
import { MAX_ENTRIES, MAX_NODES } from './ground/defaults.ts'
import { checkRest, checkWhole } from './ground/check.ts'
import type { PhysicalClock } from './ground/physical.ts'
import type { Stamp } from './ground/types.ts'
import type { HybridClock } from './hybrid.ts'

type Attributes = Record<string, string>

export interface Counter { add(value: number, attributes?: Attributes): void }
export interface Histogram { record(value: number, attributes?: Attributes): void }
export interface ObservableGauge {
  addCallback(callback: (result: { observe(value: number, attributes?: Attributes): void }) => void): void
  removeCallback(callback: (result: { observe(value: number, attributes?: Attributes): void }) => void): void
}

/** The part of OpenTelemetry's `Meter` that is used: `metrics.getMeter('my-service')` fits. */
export interface Meter {
  createCounter(name: string, options?: { description?: string; unit?: string }): Counter
  createHistogram(name: string, options?: { description?: string; unit?: string }): Histogram
  createObservableGauge(name: string, options?: { description?: string; unit?: string }): ObservableGauge
}

export interface MeterOptions {
  readonly meter: Meter
  /** The wall clock that drift is measured against: that of the clock. Default: the process's own. */
  readonly clock?: PhysicalClock | undefined
  /** Remote nodes counted by name, 1 or more; the others are counted as `other`, for every name is a series. Default 1 024. */
  readonly maxNodes?: number | undefined
}

/** The same clock, measured. Dispose of it to end the measuring; the clock goes on. */
export interface MeteredClock extends HybridClock, Disposable {}

/**
 * Wraps a clock so that what it receives is measured. `now` is passed through untouched; a receive costs one more reading of the wall
 * clock, a batch is measured by its furthest stamp.
 */
export function meterClock<Clock extends HybridClock>(clock: Clock, options: MeterOptions): Clock & MeteredClock {
  const { meter, clock: physical = systemClock, maxNodes = MAX_NODES, ...rest } = options
  checkRest(rest)
  checkWhole('maxNodes', maxNodes, 1, MAX_ENTRIES)
  const drift = meter.createHistogram('hlc.drift', { unit: 'ms', description: 'how far remote stamps are ahead of the wall clock' })
  const refused = meter.createCounter('hlc.refused', { unit: '{stamp}', description: 'remote stamps that were too far ahead' })
  const events = meter.createCounter('hlc.events', { unit: '{event}', description: 'what the clock told' })
  const lead = meter.createObservableGauge('hlc.lead', { unit: 'ms', description: 'how far hybrid time is ahead of the wall clock' })
  const observe = (result: { observe(value: number): void }): void => result.observe(clock.leadMs)
  lead.addCallback(observe)

  const named = new Set<string>()
  const nameOf = (node: string): string => {
    if (named.size < maxNodes) named.add(node)
    return named.has(node) ? node : 'other'
  }
  const subscription = clock.onEvent((event) => {
    if (event.type === 'refused') refused.add(1, { 'hlc.remote': nameOf(event.error.node) })
    else events.add(1, { 'hlc.event': event.type })
  })
  const measure = (remote: Stamp): Stamp => {
    const offsetMs = remote.ms - Math.floor(physical.now())
    // What is no stamp is the clock's to refuse.
    if (Number.isFinite(offsetMs)) drift.record(offsetMs)
    return remote
  }
  const metered: Pick<MeteredClock, 'receive' | 'tryReceive' | 'receiveAll' | typeof Symbol.dispose> = {
    receive: (remote) => clock.receive(measure(remote)),
    tryReceive: (remote) => clock.tryReceive(measure(remote)),
    receiveAll(remotes) {
      const batch = [...remotes]
      if (batch.length > 0) measure(batch.reduce((a, b) => (ahead(b, a) > 0 ? b : a)))
      return clock.receiveAll(batch)
    },
    [Symbol.dispose]() {
      subscription[Symbol.dispose]()
      lead.removeCallback(observe)
    },
  }
  // The clock stays behind it, so that getters such as `leadMs` go on being live.
  return Object.assign(Object.create(clock) as Clock, metered)
}
