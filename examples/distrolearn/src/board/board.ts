// Promise: what the page, the terminal and a late reader show is one fold over the stream; folding it in one piece or in many gives the same.

import { type Breakers, noBreakers, reduceBreakers } from './breakers.ts'
import { type Faults, noFaults, reduceFaults } from './faults.ts'
import type { FedEvent } from './fed-event.ts'
import { emptyJournal, type Journal, reduceJournal } from './journal.ts'
import { type Links, quietLinks, reduceLinks } from './links.ts'
import { type Regions, reduceRegions, unknownRegions } from './regions.ts'
import { noSagas, reduceSagas, type Sagas } from './sagas.ts'
import { type Second, reduceSeries } from './series.ts'
import { reduceTraces, type Trace } from './traces.ts'

/** All of it is plain data, and every part is bounded. A part that no event touched keeps its identity. */
export interface Board {
  /** Number of the last event folded in; 0 before the first. */
  readonly sequence: number
  /** When that event arrived, in the feed's monotonic ms. */
  readonly atMs: number
  readonly regions: Regions
  readonly links: Links
  readonly breakers: Breakers
  readonly faults: Faults
  readonly sagas: Sagas
  /** The last 60 s, one entry per second in which something happened, oldest first. */
  readonly series: readonly Second[]
  /** The last 200 traces, oldest first. */
  readonly traces: readonly Trace[]
  readonly journal: Journal
}

export const emptyBoard: Board = {
  sequence: 0,
  atMs: 0,
  regions: unknownRegions,
  links: quietLinks,
  breakers: noBreakers,
  faults: noFaults,
  sagas: noSagas,
  series: [],
  traces: [],
  journal: emptyJournal,
}

export const reduce = (board: Board, events: readonly FedEvent[]): Board => {
  const last = events.at(-1)
  if (last === undefined) return board
  return {
    sequence: last.sequence,
    atMs: last.arrivedMs,
    regions: reduceRegions(board.regions, events),
    links: reduceLinks(board.links, events),
    breakers: reduceBreakers(board.breakers, events),
    faults: reduceFaults(board.faults, events),
    sagas: reduceSagas(board.sagas, events),
    series: reduceSeries(board.series, events),
    traces: reduceTraces(board.traces, events),
    journal: reduceJournal(board.journal, events),
  }
}
