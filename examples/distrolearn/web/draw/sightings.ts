// Which events become dots, and on which line.

import type { FedEvent } from '../../src/board/fed-event.ts'
import { linkName, regionNames, type RegionName } from '../../src/telemetry/events.ts'
import type { Dot, DotKind } from './swarm.ts'

export type Sighting = Omit<Dot, 'count' | 'startMs'>

const requestKinds = { ok: 'ok', retried: 'retried', 'rate-limited': 'refused', unavailable: 'refused', failed: 'failed' } as const

const isRegion = (name: string): name is RegionName => (regionNames as readonly string[]).includes(name)

/** A slow answer travels slowly, within what an eye can follow. */
const travel = (durationMs: number): number => Math.min(2200, 450 + durationMs * 1.5)

const along = (from: RegionName, to: RegionName, kind: DotKind, travelMs: number, traceId?: string): Sighting => {
  const edge = linkName(from, to)
  return { edge, kind, backwards: !edge.startsWith(from), travelMs, traceId }
}

export const sightingOf = (event: FedEvent): Sighting | undefined => {
  switch (event.type) {
    case 'request':
      if (event.region === 'world') return undefined
      return { edge: `learners>${event.region}`, kind: requestKinds[event.outcome], backwards: false, travelMs: 520, traceId: event.traceId }
    case 'call':
      if (event.region === 'world' || event.to === event.region) return undefined
      if (isRegion(event.to)) return along(event.region, event.to, event.outcome, travel(event.durationMs), event.traceId)
      return { edge: `${event.region}>${event.to}`, kind: event.outcome, backwards: false, travelMs: travel(event.durationMs), traceId: event.traceId }
    case 'gossip':
      if (event.region === 'world' || event.peer === event.region) return undefined
      return along(event.region, event.peer, event.outcome === 'ok' ? 'gossip' : 'failed', 700)
    default:
      return undefined
  }
}
