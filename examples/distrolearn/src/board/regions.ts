// Promise: a region is shown as it last described itself, and as dead when it cannot.

import type { RegionName } from '../ground/regions.ts'
import type { RegionStatus } from '../telemetry/events.ts'
import type { FedEvent } from './fed-event.ts'

export type RegionState = 'unknown' | 'starting' | 'up' | 'killed' | 'down'

export interface RegionView {
  readonly name: RegionName
  readonly state: RegionState
  /** Counts the process's starts; 0 before the first is known. */
  readonly life: number
  readonly status?: RegionStatus
  /** When `status` arrived, feed ms. */
  readonly statusAtMs: number
  /** When this region last refused a stamp for drift, feed ms; -1 if never. */
  readonly driftAtMs: number
}

export type Regions = Readonly<Record<RegionName, RegionView>>

const unknown = (name: RegionName): RegionView => ({ name, state: 'unknown', life: 0, statusAtMs: 0, driftAtMs: -1 })

export const unknownRegions: Regions = { dublin: unknown('dublin'), virginia: unknown('virginia'), singapore: unknown('singapore') }

const next = (view: RegionView, event: FedEvent): RegionView => {
  switch (event.type) {
    case 'region':
      return { ...view, state: event.state, life: event.life }
    case 'status':
      // A status that was under way when its process was killed must not bring the plate back to life.
      if (event.status.life < view.life || (view.state === 'killed' && event.status.life === view.life)) return view
      return { ...view, state: 'up', life: event.status.life, status: event.status, statusAtMs: event.arrivedMs }
    case 'refused':
      return event.what === 'drift' ? { ...view, driftAtMs: event.arrivedMs } : view
    case 'gossip':
      return event.outcome === 'drift' ? { ...view, driftAtMs: event.arrivedMs } : view
    default:
      return view
  }
}

/** Off by less than this, a clock is on time: measuring takes time as well. */
const skewStepMs = 100

/** How far the region's wall clock is off, in whole steps of 100 ms: what is worth showing. */
export const shownSkewMs = ({ status }: RegionView): number => Math.round((status?.skewMs ?? 0) / skewStepMs) * skewStepMs + 0

export const reduceRegions = (regions: Regions, events: readonly FedEvent[]): Regions => {
  let result = regions
  for (const event of events) {
    if (event.region === 'world') continue
    const before = result[event.region]
    const after = next(before, event)
    if (after !== before) result = { ...result, [event.region]: after }
  }
  return result
}
