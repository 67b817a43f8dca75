// Promise: the terminal shows what the page shows, in text that fits its width.

import type { Board } from '../board/board.ts'
import type { BreakerView } from '../board/breakers.ts'
import { dayText, paceText } from '../board/pace.ts'
import { shownSkewMs } from '../board/regions.ts'
import { type RegionName, regionNames } from '../ground/regions.ts'

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red'
export type Paint = (style: Style, text: string) => string

export interface ViewOptions {
  readonly url: string
  readonly seed: string
  readonly speed: string
  /** The feed's time, for countdowns. */
  readonly nowMs: number
  readonly paint?: Paint
}

const plain: Paint = (_style, text) => text
const maxBreakers = 4
const maxBuckets = 3
const maxLines = 6
const labelWidth = 10
const leastColumns = 40

/** A piece of text whose width is known although it may be coloured. */
interface Cell {
  readonly text: string
  readonly style?: Style | undefined
}

/** Cut or padded to exactly that many characters. */
const fit = (text: string, width: number): string => {
  const characters = [...text]
  return characters.length > width
    ? `${characters.slice(0, Math.max(0, width - 1)).join('')}…`
    : text + ' '.repeat(width - characters.length)
}

const breakerCell = (breaker: BreakerView, nowMs: number): Cell => {
  const seconds = Math.max(0, (breaker.probeAtMs - nowMs) / 1000).toFixed(1)
  switch (breaker.state) {
    case 'closed':
      return { text: `● ${breaker.name}`, style: 'green' }
    case 'open':
      return { text: `○ ${breaker.name} open ${seconds}s`, style: 'red' }
    case 'half-open':
      return { text: `◐ ${breaker.name} half-open`, style: 'yellow' }
    case 'isolated':
      return { text: `◌ ${breaker.name} isolated`, style: 'yellow' }
  }
}

const bar = (share: number, width: number): string => {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width)
  return '▮'.repeat(filled) + '▯'.repeat(width - filled)
}

const lifeCell = (board: Board, name: RegionName): Cell => {
  const { state, life } = board.regions[name]
  if (state === 'up') return { text: life > 1 ? `● up, life ${life}` : '● up', style: 'green' }
  return state === 'killed' || state === 'down' ? { text: `✕ ${state}`, style: 'red' } : { text: `◌ ${state}`, style: 'dim' }
}

const bucketCells = (board: Board, name: RegionName): readonly Cell[] =>
  (board.regions[name].status?.buckets ?? []).slice(0, maxBuckets).map(({ name: bucket, remaining, limit }) => {
    const share = limit > 0 ? remaining / limit : 0
    return {
      text: `${bar(share, 6)} ${Math.round(remaining)}/${limit} ${bucket}`,
      style: share < 0.02 ? 'red' : share < 0.25 ? 'yellow' : undefined,
    }
  })

const replicaCell = (board: Board, name: RegionName): Cell => {
  const version = Object.entries(board.regions[name].status?.replica.version ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { text: version.map(([actor, count]) => `${actor.slice(0, 3)} ${count}`).join(' ') }
}

const clockCell = (board: Board, name: RegionName): Cell => {
  const region = board.regions[name]
  if (region.status === undefined) return { text: '' }
  const skewMs = shownSkewMs(region)
  return skewMs === 0
    ? { text: 'on time' }
    : { text: `${(Math.abs(skewMs) / 1000).toFixed(1)} s ${skewMs > 0 ? 'ahead' : 'behind'}`, style: 'yellow' }
}

const replayText = ({ journal: { replay } }: Board): string =>
  replay === undefined ? '' : ` · day ${dayText(replay.day)} of ${replay.lastDay}`

const verdict = (board: Board): Cell => {
  const { invariants } = board.journal
  const broken = invariants.filter(({ holds }) => !holds)
  const [first] = broken
  if (first !== undefined)
    return {
      text: `✘ ${broken.length} of ${invariants.length} broken: ${first.name}${first.detail === '' ? '' : `, ${first.detail}`}`,
      style: 'red',
    }
  return invariants.length === 0 ? { text: 'not checked yet', style: 'dim' } : { text: `✔ all ${invariants.length} hold`, style: 'green' }
}

/** The lines of one frame, each at most `columns` wide. */
export const render = (board: Board, columns: number, { url, seed, speed, nowMs, paint = plain }: ViewOptions): readonly string[] => {
  const width = Math.max(leastColumns, columns)
  const cellWidth = Math.floor((width - labelWidth) / regionNames.length)
  const draw = ({ text, style }: Cell, room: number): string => (style === undefined ? fit(text, room) : paint(style, fit(text, room)))
  const line = (label: string, cells: readonly Cell[]): string =>
    (paint('dim', fit(label, labelWidth)) + cells.map((cell) => draw(cell, cellWidth - 1)).join(' ')).trimEnd()
  const wide = (label: string, cell: Cell): string => (paint('dim', fit(label, labelWidth)) + draw(cell, width - labelWidth)).trimEnd()
  const table = (label: string, cellsOf: (name: RegionName) => readonly Cell[]): readonly string[] => {
    const cells = regionNames.map(cellsOf)
    const rows = Math.max(1, ...cells.map(({ length }) => length))
    return Array.from({ length: rows }, (_, row) =>
      line(
        row === 0 ? label : '',
        cells.map((column) => column[row] ?? { text: '' }),
      ),
    )
  }

  const { sagas, journal } = board
  const requests = Object.values(journal.requests).reduce((sum, count) => sum + count, 0)
  const refused = Object.values(journal.refused).reduce((sum, count) => sum + count, 0)
  const { started, completed, compensated, stuck, recovered } = sagas.counts
  const faults = board.faults.map(({ fault, target }) => (target === '' ? fault : `${fault} ${target}`)).join(', ')

  return [
    paint('bold', fit(`DistroLearn  seed ${seed}${replayText(board)} · ${paceText(speed)}`, width)).trimEnd(),
    fit(url, width).trimEnd(),
    '',
    line(
      '',
      regionNames.map((name) => ({ text: name, style: 'bold' })),
    ),
    ...table('process', (name) => [lifeCell(board, name)]),
    ...table('breakers', (name) =>
      board.breakers
        .filter(({ region }) => region === name)
        .slice(0, maxBreakers)
        .map((breaker) => breakerCell(breaker, nowMs)),
    ),
    ...table('buckets', (name) => bucketCells(board, name)),
    ...table('has seen', (name) => [replicaCell(board, name)]),
    ...table('clock', (name) => [clockCell(board, name)]),
    '',
    wide('requests', { text: `${requests} answered · ${refused} refused` }),
    wide('sagas', {
      text: `${started} started · ${completed} completed · ${compensated} compensated · ${recovered} recovered · ${stuck} stuck`,
    }),
    wide('promises', verdict(board)),
    wide('faults', faults === '' ? { text: 'none', style: 'dim' } : { text: faults, style: 'yellow' }),
    '',
    ...journal.lines
      .slice(0, maxLines)
      .map(({ region, text, more }) =>
        fit(`· ${region === 'world' ? '' : `${region}: `}${more > 0 ? `(${more + 1}×) ` : ''}${text}`, width).trimEnd(),
      ),
  ]
}
