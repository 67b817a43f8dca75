// Promise: what is told and what is checked stays readable: the last fifty sentences, every invariant, the totals.

import type { DemoEvent, RequestOutcome, Speaker } from '../telemetry/events.ts'
import type { FedEvent } from './fed-event.ts'
import { tellingOf } from './telling.ts'

const maxLines = 50
const maxInvariants = 32

/** What repeats itself within this time joins the line that said it first. */
const joinMs = 4_000
/** How far back a line can be joined: beyond it something else has become the news. */
const joinDepth = 6

export interface Line {
  /** Number of the event that was told first. */
  readonly sequence: number
  readonly atMs: number
  readonly region: Speaker
  readonly text: string
  readonly kind: string
  /** How many more of the kind followed, and when the last one did. */
  readonly more: number
  readonly lastMs: number
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
  /** Faults told as on, so that healing what was never broken is no news. */
  readonly standing: readonly string[]
  readonly invariants: readonly InvariantView[]
  readonly replay?: {
    readonly day: number
    readonly lastDay: number
    readonly done: number
    readonly total: number
    readonly waiting: number
  }
  readonly requests: Readonly<Record<RequestOutcome, number>>
  readonly refused: Readonly<Record<Refusal, number>>
}

export const emptyJournal: Journal = {
  lines: [],
  standing: [],
  invariants: [],
  requests: { ok: 0, retried: 0, 'rate-limited': 0, unavailable: 0, failed: 0 },
  refused: { rateLimited: 0, breakerOpen: 0, strongUnavailable: 0, drift: 0 },
}

const judge = (invariants: readonly InvariantView[], event: Extract<FedEvent, { type: 'invariant' }>): readonly InvariantView[] => {
  const { name, holds, detail, arrivedMs } = event
  const index = invariants.findIndex((one) => one.name === name)
  const before = invariants[index]
  if (before === undefined)
    return invariants.length < maxInvariants ? [...invariants, { name, holds, detail, sinceMs: arrivedMs }] : invariants
  if (before.holds === holds && before.detail === detail) return invariants
  return invariants.with(index, { name, holds, detail, sinceMs: before.holds === holds ? before.sinceMs : arrivedMs })
}

const tell = (lines: readonly Line[], event: FedEvent): readonly Line[] => {
  const telling = tellingOf(event)
  if (telling === undefined) return lines
  const { sequence, arrivedMs: atMs, region } = event
  const earlier =
    telling.kind === ''
      ? -1
      : lines.slice(0, joinDepth).findIndex((line) => line.kind === telling.kind && line.region === region && atMs - line.lastMs < joinMs)
  const line = lines[earlier]
  if (line !== undefined) return lines.with(earlier, { ...line, more: line.more + 1, lastMs: atMs })
  return [{ sequence, atMs, region, ...telling, more: 0, lastMs: atMs }, ...lines].slice(0, maxLines)
}

const count = (journal: Journal, event: FedEvent): Journal => {
  switch (event.type) {
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

const maxStanding = 32

const next = (journal: Journal, event: FedEvent): Journal => {
  if (event.type === 'fault') {
    const others = journal.standing.filter((fault) => fault !== event.fault)
    if (!event.on && others.length === journal.standing.length) return journal
    return { ...journal, standing: event.on ? [...others, event.fault].slice(-maxStanding) : others, lines: tell(journal.lines, event) }
  }
  const lines = tell(journal.lines, event)
  return count(lines === journal.lines ? journal : { ...journal, lines }, event)
}

export const reduceJournal = (journal: Journal, events: readonly FedEvent[]): Journal => events.reduce(next, journal)
