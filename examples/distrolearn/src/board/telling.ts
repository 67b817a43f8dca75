// Promise: one sentence per thing that somebody watching would want to hear; what repeats itself is said once.

import { regionNames } from '../ground/regions.ts'
import type { FedEvent } from './fed-event.ts'

export interface Telling {
  /** Tellings of one kind that follow each other closely are one line with a count. '' never joins. */
  readonly kind: string
  readonly text: string
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
const plain = (name: string): string => name.replaceAll('-', ' ')

const called = (breaker: string): string => {
  const peer = regionNames.find((name) => breaker.includes(name))
  return peer === undefined ? `the breaker of ${breaker}` : `the breaker towards ${capital(peer)}`
}

const ofBreaker = ({ name, to, retryAfterMs, reason }: Extract<FedEvent, { type: 'breaker' }>): string => {
  const because = reason === '' ? '' : `: ${reason}`
  switch (to) {
    case 'open':
      return `${called(name)} opened${because}; a probe may go in ${seconds(retryAfterMs)}`
    case 'half-open':
      return `${called(name)} is half-open: probes may go, and decide`
    case 'closed':
      return `${called(name)} closed${because}`
    case 'isolated':
      return `${called(name)} was isolated by hand`
  }
}

const refusals: Readonly<Record<Extract<FedEvent, { type: 'refused' }>['what'], (detail: string) => string>> = {
  rateLimited: (detail) => `over the limit, and told when to come back (${detail})`,
  breakerOpen: (detail) => `refused at once, because the breaker is open (${detail})`,
  strongUnavailable: (detail) => `refused rather than guessed: ${detail}`,
  drift: (detail) => `a stamp was refused for drift: ${detail}`,
}

const ofRegion = ({ state, life }: Extract<FedEvent, { type: 'region' }>): string | undefined => {
  if (state === 'killed') return 'the process was killed'
  if (state === 'down') return 'the process is gone; the supervisor starts it again'
  return state === 'up' && life > 1 ? `is back, in its life ${life}` : undefined
}

/** `enrol/AAA-2013J/28400/1` is about learner 28400. */
const subject = (id: string): string => id.split('/').at(-2) ?? id

const ofSaga = ({ id, name, state, recovered }: Extract<FedEvent, { type: 'saga' }>): string | undefined => {
  if (recovered === true) return `saga ${name} of ${subject(id)} goes on where a dead process left it`
  if (state === 'compensated') return `saga ${name} of ${subject(id)} was undone, step by step`
  return state === 'stuck' ? `saga ${name} of ${subject(id)} is stuck and needs a person` : undefined
}

/** What to say about an event; undefined for everything that is only drawn. */
export const tellingOf = (event: FedEvent): Telling | undefined => {
  const say = (kind: string, text: string | undefined): Telling | undefined => (text === undefined ? undefined : { kind, text })
  switch (event.type) {
    case 'narration':
      return say('', event.text)
    case 'region':
      return say('', ofRegion(event))
    case 'breaker':
      return say(`breaker ${event.name} ${event.to}`, ofBreaker(event))
    case 'ejected':
      return say(`ejected ${event.peer}`, `${capital(event.peer)} was ejected from the peers asked for ${event.service}: ${event.reason}; a probe may go in ${seconds(event.forMs)}`)
    case 'restored':
      return say(`restored ${event.peer}`, `${capital(event.peer)} is back among the peers asked for ${event.service}`)
    case 'refused':
      return say(`refused ${event.what}`, refusals[event.what](event.detail))
    case 'saga':
      return say(`saga ${event.name} ${event.recovered === true ? 'recovered' : event.state}`, ofSaga(event))
    case 'fault':
      // A killed process speaks for itself.
      if (event.fault === 'kill') return undefined
      return event.on ? say('', `fault on: ${plain(event.fault)}, ${event.detail}`) : say('fault off', `fault over: ${plain(event.fault)}`)
    default:
      return undefined
  }
}
