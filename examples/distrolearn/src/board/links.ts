// Promise: a link's label is what the calls and gossip rounds over it took, measured, not what a switch promised.

import { linkName, regionNames, type RegionName } from '../ground/regions.ts'
import type { FedEvent } from './fed-event.ts'

export interface LinkView {
  readonly name: string
  readonly ends: readonly [RegionName, RegionName]
  /** Moving average of the calls that were answered, ms; -1 before the first. */
  readonly roundTripMs: number
  /** When the last one came back, feed ms; -1 if none. */
  readonly answeredAtMs: number
}

export type Links = readonly LinkView[]

const between = (a: RegionName, b: RegionName): LinkView => ({ name: linkName(a, b), ends: [a, b], roundTripMs: -1, answeredAtMs: -1 })

export const quietLinks: Links = [between('dublin', 'virginia'), between('dublin', 'singapore'), between('virginia', 'singapore')]

/** Weight of one more round trip: about the last eight count. */
const weight = 1 / 8

const isRegion = (name: string): name is RegionName => (regionNames as readonly string[]).includes(name)

/** A round trip that was answered, with its link. */
const tripOf = (event: FedEvent): { readonly link: string; readonly durationMs: number } | undefined => {
  if (event.region === 'world' || (event.type !== 'call' && event.type !== 'gossip') || event.outcome !== 'ok') return undefined
  const peer = event.type === 'call' ? event.to : event.peer
  if (!isRegion(peer) || peer === event.region || event.durationMs === undefined) return undefined
  return { link: linkName(event.region, peer), durationMs: event.durationMs }
}

export const reduceLinks = (links: Links, events: readonly FedEvent[]): Links => {
  let result = links
  for (const event of events) {
    const trip = tripOf(event)
    const index = trip === undefined ? -1 : result.findIndex((link) => link.name === trip.link)
    const before = result[index]
    if (trip === undefined || before === undefined) continue
    const roundTripMs = before.roundTripMs < 0 ? trip.durationMs : before.roundTripMs + weight * (trip.durationMs - before.roundTripMs)
    result = result.with(index, { ...before, roundTripMs, answeredAtMs: event.arrivedMs })
  }
  return result
}
