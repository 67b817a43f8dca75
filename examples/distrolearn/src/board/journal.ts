// Promise: what is told and what is checked stays readable: the last fifty sentences, every invariant, the totals.

import type { DemoEvent, RequestOutcome, Speaker } from '../telemetry/events.ts'
import type { FedEvent } from './fed-event.ts'

const maxLines = 50
const maxInvariants = 32

export interface Line {
  readonly sequence: number
  readonly atMs: number
  readonly region: Speaker
  readonly text: string
}

export interface InvariantView {
  readonly name: string
  readonly holds: boolean
  readonly detail: string
  /** When it last changed its verdict, feed ms. */
  readonly sinceMs: number
}

type Refusal = Extract<DemoEvent, { type: 'refused' }>['what']

export interface Journal {
  /** Newest first. */
  readonly lines: readonly Line[]
  readonly invariants: readonly InvariantView[]
  readonly replay?: { readonly day: number; readonly lastDay: number; readonly done: number; readonly total: number; readonly waiting: number }
  readonly requests: Readonly<Record<RequestOutcome, number>>
  readonly refused: Readonly<Record<Refusal, number>>
}

export const emptyJournal: Journal = {
  lines: [],
  invariants: [],
  requests: { ok: 0, retried: 0, 'rate-limited': 0, unavailable: 0, failed: 0 },
  refused: { rateLimited: 0, breakerOpen: 0, strongUnavailable: 0, drift: 0 },
}

const judge = (invariants: readonly InvariantView[], event: Extract<FedEvent, { type: 'invariant' }>): readonly InvariantView[] => {
  const { name, holds, detail, arrivedMs } = event
  const index = invariants.findIndex((one) => one.name === name)
  const before = invariants[index]
  if (before === undefined) return invariants.length < maxInvariants ? [...invariants, { name, holds, detail, sinceMs: arrivedMs }] : invariants
  if (before.holds === holds && before.detail === detail) return invariants
  return invariants.with(index, { name, holds, detail, sinceMs: before.holds === holds ? before.sinceMs : arrivedMs })
}

const next = (journal: Journal, event: FedEvent): Journal => {
  switch (event.type) {
    case 'narration': {
      const line = { sequence: event.sequence, atMs: event.arrivedMs, region: event.region, text: event.text }
      return { ...journal, lines: [line, ...journal.lines].slice(0, maxLines) }
    }
    case 'invariant': {
      const invariants = judge(journal.invariants, event)
      return invariants === journal.invariants ? journal : { ...journal, invariants }
    }
    case 'replay': {
      const { day, lastDay, done, total, waiting } = event
      return { ...journal, replay: { day, lastDay, done, total, waiting } }
    }
    case 'request':
      return { ...journal, requests: { ...journal.requests, [event.outcome]: journal.requests[event.outcome] + 1 } }
    case 'refused':
      return { ...journal, refused: { ...journal.refused, [event.what]: journal.refused[event.what] + 1 } }
    default:
      return journal
  }
}

export const reduceJournal = (journal: Journal, events: readonly FedEvent[]): Journal => events.reduce(next, journal)
