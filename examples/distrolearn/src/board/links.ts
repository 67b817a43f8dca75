// Promise: a link's label is what its calls took, measured, not what a switch promised.

import { linkName, regionNames, type RegionName } from '../telemetry/events.ts'
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

export const reduceLinks = (links: Links, events: readonly FedEvent[]): Links => {
  let result = links
  for (const event of events) {
    if (event.type !== 'call' || event.region === 'world' || event.outcome !== 'ok') continue
    if (!isRegion(event.to) || event.to === event.region) continue
    const name = linkName(event.region, event.to)
    const index = result.findIndex((link) => link.name === name)
    const before = result[index]
    if (before === undefined) continue
    const roundTripMs = before.roundTripMs < 0 ? event.durationMs : before.roundTripMs + weight * (event.durationMs - before.roundTripMs)
    result = result.with(index, { ...before, roundTripMs, answeredAtMs: event.arrivedMs })
  }
  return result
}
