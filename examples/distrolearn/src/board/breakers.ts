// Promise: every breaker's state is known with its short history, so that a state of a few milliseconds can still be seen.

import type { BreakerState, Speaker } from '../telemetry/events.ts'
import type { FedEvent } from './fed-event.ts'

const maxBreakers = 48
const maxTurns = 8

export interface Turn {
  readonly state: BreakerState
  readonly atMs: number
}

export interface BreakerView {
  readonly region: Speaker
  readonly name: string
  readonly state: BreakerState
  /** When the next probe may go, feed ms; meaningful while open. */
  readonly probeAtMs: number
  readonly reason: string
  /** The last eight states, oldest first; the last one is `state`. */
  readonly turns: readonly Turn[]
}

/** Sorted by region and name, so that rings keep their places. */
export type Breakers = readonly BreakerView[]

export const noBreakers: Breakers = []

const place = (breaker: { region: string; name: string }): string => `${breaker.region}/${breaker.name}`

type Sighting = {
  readonly region: Speaker
  readonly name: string
  readonly state: BreakerState
  readonly retryAfterMs: number
  readonly atMs: number
  readonly reason?: string
}

const see = (breakers: Breakers, sighting: Sighting): Breakers => {
  const { region, name, state, atMs } = sighting
  const index = breakers.findIndex((breaker) => breaker.name === name && breaker.region === region)
  const before = breakers[index]
  if (before === undefined && breakers.length >= maxBreakers) return breakers
  const turns = before?.state === state ? before.turns : [...(before?.turns ?? []), { state, atMs }].slice(-maxTurns)
  const probeAtMs = state === 'open' ? atMs + sighting.retryAfterMs : 0
  // A status repeats itself several times a second: nothing new keeps the identity, so nothing is drawn again.
  if (before?.state === state && Math.abs(before.probeAtMs - probeAtMs) < 50 && sighting.reason === undefined) return breakers
  const after = { region, name, state, probeAtMs, reason: sighting.reason ?? before?.reason ?? '', turns }
  if (before !== undefined) return breakers.with(index, after)
  return [...breakers, after].toSorted((a, b) => (place(a) < place(b) ? -1 : 1))
}

export const reduceBreakers = (breakers: Breakers, events: readonly FedEvent[]): Breakers => {
  let result = breakers
  for (const event of events) {
    const { region, arrivedMs: atMs } = event
    if (event.type === 'breaker')
      result = see(result, { region, name: event.name, state: event.to, retryAfterMs: event.retryAfterMs, atMs, reason: event.reason })
    else if (event.type === 'status')
      for (const { name, state, retryAfterMs } of event.status.breakers) result = see(result, { region, name, state, retryAfterMs, atMs })
    // A new process starts with new breakers; its first status names those that still exist.
    else if (event.type === 'region' && event.state !== 'up' && result.some((breaker) => breaker.region === region))
      result = result.filter((breaker) => breaker.region !== region)
  }
  return result
}
