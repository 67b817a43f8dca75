import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Board, emptyBoard, reduce } from '../src/board/board.ts'
import type { EventBody, RegionStatus } from '../src/telemetry/events.ts'
import { anyStream, boardOf, type Told } from './board-events.ts'

describe('the board', () => {
  it('is the same whether events come in one batch, in many, or after a snapshot that went over the wire', () => {
    fc.assert(
      fc.property(anyStream(400), fc.array(fc.nat(400), { maxLength: 5 }), (events, cuts) => {
        const whole = reduce(emptyBoard, events)
        let pieces = emptyBoard
        let from = 0
        for (const cut of [...cuts.toSorted((a, b) => a - b), events.length]) {
          pieces = reduce(JSON.parse(JSON.stringify(pieces)) as Board, events.slice(from, cut))
          from = Math.max(from, cut)
        }
        expect(JSON.parse(JSON.stringify(pieces))).toEqual(JSON.parse(JSON.stringify(whole)))
      }),
      { numRuns: 60 },
    )
  })

  it('stays within its bounds whatever comes', () => {
    fc.assert(
      fc.property(anyStream(3000), (events) => {
        const board = reduce(emptyBoard, events)
        const sizes = {
          lines: board.journal.lines.length,
          invariants: board.journal.invariants.length,
          live: board.sagas.live.length,
          ended: board.sagas.ended.length,
          steps: Math.max(0, ...[...board.sagas.live, ...board.sagas.ended].map(({ steps }) => steps.length)),
          traces: board.traces.length,
          spans: Math.max(0, ...board.traces.map(({ spans }) => spans.length)),
          series: board.series.length,
          faults: board.faults.length,
          breakers: board.breakers.length,
          turns: Math.max(0, ...board.breakers.map(({ turns }) => turns.length)),
        }
        const bounds = {
          lines: 50,
          invariants: 32,
          live: 256,
          ended: 12,
          steps: 12,
          traces: 200,
          spans: 32,
          series: 60,
          faults: 32,
          breakers: 48,
          turns: 8,
        }
        for (const [part, size] of Object.entries(sizes)) expect(size, part).toBeLessThanOrEqual(bounds[part as keyof typeof bounds])
      }),
      { numRuns: 15 },
    )
  })

  it('keeps the identity of every part that an event does not concern', () => {
    const before = boardOf(
      [0, 'dublin', { type: 'saga', id: 'a', name: 'enrol', state: 'running' }],
      [1, 'world', { type: 'narration', text: 'hm' }],
    )
    const after = reduce(before, [{ type: 'narration', text: 'so', region: 'world', atMs: 0, sequence: 3, arrivedMs: 2 }])
    const touched = Object.keys(before).filter((part) => before[part as keyof Board] !== after[part as keyof Board])
    expect(touched).toEqual(['sequence', 'atMs', 'journal'])
  })

  const status = (change: Partial<RegionStatus>): EventBody => ({
    type: 'status',
    status: {
      life: 1,
      wallMs: 0,
      skewMs: 0,
      stamp: { ms: 0, count: 0, node: 'x' },
      leadMs: 0,
      replica: { digest: '', version: {}, clicks: 0, roster: 0 },
      preferences: { learner: '', values: {} },
      buckets: [],
      breakers: [],
      bounds: {},
      counters: {},
      ...change,
    },
  })

  it('does not bring a killed region back to life by a status that was still under way', () => {
    const killed = [
      [0, 'dublin', status({})],
      [1, 'dublin', { type: 'region', state: 'killed', life: 1 }],
      [2, 'dublin', status({})],
    ] as const
    expect(boardOf(...killed).regions.dublin.state).toBe('killed')
    expect(boardOf(...killed, [3, 'dublin', status({ life: 2 })]).regions.dublin.state).toBe('up')
  })

  it('forgets the breakers of a process that has died', () => {
    const told = [
      [0, 'dublin', status({ breakers: [{ name: 'payments', state: 'open', retryAfterMs: 500 }] })],
      [1, 'dublin', { type: 'region', state: 'killed', life: 1 }],
    ] as const
    expect(boardOf(...told.slice(0, 1)).breakers).toMatchObject([{ name: 'payments', state: 'open', probeAtMs: 500 }])
    expect(boardOf(...told).breakers).toEqual([])
  })

  it('switches a fault off where it was on, and everywhere when no place is named', () => {
    const cut = (target: string): Told => [0, 'world', { type: 'fault', fault: 'cut', on: true, detail: '', target }]
    const both = [cut('dublin-virginia'), cut('dublin-singapore')] as const
    expect(boardOf(...both).faults.map(({ target }) => target)).toEqual(['dublin-virginia', 'dublin-singapore'])
    expect(
      boardOf(...both, [1, 'world', { type: 'fault', fault: 'cut', on: false, detail: '', target: 'dublin-virginia' }]).faults.map(
        ({ target }) => target,
      ),
    ).toEqual(['dublin-singapore'])
    expect(boardOf(...both, [1, 'world', { type: 'fault', fault: 'cut', on: false, detail: '' }]).faults).toEqual([])
  })

  it('shows a saga fill forward and empty backward, and learns its plan from the run that got furthest', () => {
    const step = (name: string, state: 'done' | 'failed' | 'undone'): Told => [
      0,
      'dublin',
      { type: 'saga-step', id: 'a', name: 'enrol', step: name, state },
    ]
    const { sagas } = boardOf(
      [0, 'dublin', { type: 'saga', id: 'a', name: 'enrol', state: 'running' }],
      step('seat', 'done'),
      step('charge', 'failed'),
      step('seat', 'undone'),
      [1, 'dublin', { type: 'saga', id: 'a', name: 'enrol', state: 'compensated' }],
    )
    expect(sagas.ended[0]?.steps).toEqual([
      { step: 'seat', state: 'undone' },
      { step: 'charge', state: 'failed' },
    ])
    expect(sagas.live).toEqual([])
    expect(sagas.plans).toEqual({ enrol: ['seat', 'charge'] })
    expect(sagas.counts).toEqual({ started: 1, completed: 0, compensated: 1, stuck: 0, recovered: 0 })
  })

  it('follows so many sagas at once and no more: the rest is counted, and none is shown from its middle on', () => {
    const starts = Array.from({ length: 300 }, (_, id): Told => [
      0,
      'dublin',
      { type: 'saga', id: String(id), name: 'enrol', state: 'running' },
    ])
    const step: Told = [1, 'dublin', { type: 'saga-step', id: '299', name: 'enrol', step: 'charge', state: 'running' }]
    const end: Told = [2, 'dublin', { type: 'saga', id: '299', name: 'enrol', state: 'completed' }]
    const { sagas } = boardOf(...starts, step, end)
    expect(sagas.live.map(({ id }) => id)).toEqual(Array.from({ length: 256 }, (_, id) => String(id)))
    expect(sagas.ended).toEqual([])
    expect(sagas.counts).toMatchObject({ started: 300, completed: 1 })
  })

  it('says what repeats itself once, with a count', () => {
    const refused = (atMs: number): Told => [atMs, 'virginia', { type: 'refused', what: 'rateLimited', detail: 'x' }]
    const { lines } = boardOf(
      refused(0),
      refused(1000),
      [1500, 'world', { type: 'narration', text: 'meanwhile' }],
      refused(2000),
      refused(9000),
    ).journal
    expect(lines.map(({ text, more }) => [text.slice(0, 9), more])).toEqual([
      ['over the ', 0],
      ['meanwhile', 0],
      ['over the ', 2],
    ])
  })

  it('does not call it news when healing ends a fault that never was', () => {
    const off = (fault: string): Told => [1, 'world', { type: 'fault', fault, on: false, detail: 'healed' }]
    const { lines } = boardOf(
      [0, 'world', { type: 'fault', fault: 'loss', on: true, detail: 'all links' }],
      off('latency'),
      off('loss'),
      off('loss'),
    ).journal
    expect(lines.map(({ text }) => text)).toEqual(['fault over: loss', 'fault on: loss, all links'])
  })

  it('measures a link by the round trips over it, and by nothing else', () => {
    const call = (to: string, outcome: 'ok' | 'failed', durationMs: number): Told => [
      5,
      'virginia',
      { type: 'call', to, service: 's', outcome, durationMs },
    ]
    const { links } = boardOf(call('dublin', 'ok', 80), call('dublin', 'failed', 9000), call('payments', 'ok', 7), call('dublin', 'ok', 88))
    expect(links.map(({ name, roundTripMs }) => [name, roundTripMs])).toEqual([
      ['dublin-virginia', 81],
      ['dublin-singapore', -1],
      ['virginia-singapore', -1],
    ])
  })
})
