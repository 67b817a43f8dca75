// Which events become dots, and on which line.

import type { FedEvent } from '../../src/board/fed-event.ts'
import { linkName, regionNames, type RegionName } from '../../src/ground/regions.ts'
import type { Dot, DotKind } from './swarm.ts'

export type Sighting = Omit<Dot, 'count' | 'startMs'>

const requestKinds = { ok: 'ok', retried: 'retried', 'rate-limited': 'refused', unavailable: 'refused', failed: 'failed' } as const

const isRegion = (name: string): name is RegionName => (regionNames as readonly string[]).includes(name)

const refusedMs = 500
/** Rounds of gossip all travel alike: their time is the link's. */
const gossipMs = 160

/** A slow answer travels slowly, within what an eye can follow. */
const travel = (durationMs: number): number => Math.min(2200, 450 + durationMs * 1.5)

/** What is refused never leaves the gate; what fails is lost on the way. */
const reaches: Readonly<Record<DotKind, number>> = { ok: 1, retried: 1, gossip: 1, failed: 0.5, refused: 0.12 }

const along = (from: RegionName, to: string, kind: DotKind, durationMs: number, traceId?: string): Sighting => {
  const edge = isRegion(to) ? linkName(from, to) : `${from}>${to}`
  return {
    edge,
    kind,
    backwards: !edge.startsWith(from),
    travelMs: kind === 'refused' ? refusedMs : travel(durationMs),
    reach: reaches[kind],
    traceId,
  }
}

export const sightingOf = (event: FedEvent): Sighting | undefined => {
  switch (event.type) {
    case 'request':
      if (event.region === 'world') return undefined
      return {
        edge: `learners>${event.region}`,
        kind: requestKinds[event.outcome],
        backwards: false,
        travelMs: 520,
        reach: 1,
        traceId: event.traceId,
      }
    case 'call':
      if (event.region === 'world' || event.to === event.region) return undefined
      return along(event.region, event.to, event.outcome, event.durationMs, event.traceId)
    case 'gossip':
      if (event.region === 'world' || event.peer === event.region) return undefined
      return along(event.region, event.peer, event.outcome === 'ok' ? 'gossip' : 'failed', gossipMs)
    default:
      return undefined
  }
}
