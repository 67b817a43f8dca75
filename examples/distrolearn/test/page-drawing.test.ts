import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SpanRecord } from '../src/telemetry/events.ts'
import { type Box, type Boxes, layOut, pointOn } from '../web/draw/edges.ts'
import { lingerMs, nextShown } from '../web/draw/linger.ts'
import { inRhythm } from '../web/draw/rhythm.ts'
import { sightingOf } from '../web/draw/sightings.ts'
import { niceCeiling, sparkline } from '../web/draw/sparkline.ts'
import { createSwarm, maxDots, progress } from '../web/draw/swarm.ts'
import { waterfall } from '../web/draw/waterfall.ts'

describe('the swarm of dots', () => {
  const dot = (startMs: number, edge = 'dublin-virginia') =>
    ({ edge, kind: 'ok', backwards: false, startMs, travelMs: 500, reach: 1, traceId: undefined }) as const

  it('never draws more than its cap, and loses none on the way that it could bundle', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.constantFrom('a', 'b', 'learners>x')), { maxLength: 2000, size: 'max' }),
        (steps) => {
          const swarm = createSwarm(40)
          let now = 0
          let added = 0
          for (const [laterMs, edge] of steps) {
            now += laterMs
            swarm.add({ ...dot(0, edge), startMs: 0, travelMs: 1e9 })
            added += 1
            expect(swarm.at(now).length).toBeLessThanOrEqual(40)
          }
          expect(swarm.at(now).reduce((sum, { count }) => sum + count, 0)).toBe(added)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('stays within three hundred when every lane is full', () => {
    const swarm = createSwarm()
    for (let index = 0; index < 20_000; index++) swarm.add(dot(index / 100, `lane ${index % 40}`))
    expect(swarm.at(200).length).toBe(maxDots)
  })

  it('forgets what has arrived', () => {
    const swarm = createSwarm()
    swarm.add(dot(0))
    expect(swarm.at(499).length).toBe(1)
    expect(swarm.at(500).length).toBe(0)
  })

  it('moves forward only, from one end to the other; in three steps for whoever wants less motion', () => {
    const along = (steps: boolean): number[] => Array.from({ length: 51 }, (_, index) => progress(dot(0), index * 10, steps))
    const smooth = along(false)
    expect([smooth[0], smooth.at(-1)]).toEqual([0, 1])
    expect(smooth.toSorted((a, b) => a - b)).toEqual(smooth)
    expect(new Set(along(true)).size).toBe(3)
  })
})

describe('a state that passes quickly', () => {
  const turns = [
    { state: 'closed', atMs: 0 },
    { state: 'open', atMs: 1000 },
    { state: 'half-open', atMs: 1001 },
    { state: 'closed', atMs: 1002 },
  ] as const

  /** What an eye would see that looks every so often. */
  const watch = (everyMs: number, forMs: number): readonly string[] => {
    let shown = nextShown(undefined, turns.slice(0, 1), 0)
    return Array.from({ length: forMs / everyMs }, (_, index) => {
      const now = index * everyMs
      shown = nextShown(
        shown,
        turns.filter(({ atMs }) => atMs <= now),
        now,
      )
      return shown?.turn.state ?? ''
    })
  }
  const changes = (seen: readonly string[]): readonly string[] => seen.filter((state, index) => state !== seen[index - 1])

  it('is shown long enough to be seen, and in its turn', () => {
    const seen = watch(10, 4000)
    expect(changes(seen)).toEqual(['closed', 'open', 'half-open', 'closed'])
    expect(seen.filter((state) => state === 'half-open').length * 10).toBeGreaterThanOrEqual(lingerMs)
  })

  it('is shown also by a page that was held up for seconds', () => {
    expect(changes(watch(2000, 12_000))).toEqual(['closed', 'open', 'half-open', 'closed'])
  })

  it('is not told again to whoever has just come', () => {
    expect(nextShown(undefined, turns, 5000)?.turn).toEqual({ state: 'closed', atMs: 1002 })
    expect(nextShown(undefined, [], 5000)).toBeUndefined()
  })

  it('goes on with what is still known when the breaker was replaced by a new one', () => {
    const shown = { turn: turns[1], sinceMs: 1000 }
    expect(nextShown(shown, [{ state: 'closed', atMs: 9000 }], 9000)?.turn).toEqual({ state: 'closed', atMs: 9000 })
  })
})

describe('the waterfall', () => {
  const span = (
    spanId: string,
    parentSpanId: string | undefined,
    startMs: number,
    durationMs: number,
    region: SpanRecord['region'] = 'dublin',
  ): SpanRecord => ({ traceId: 't', spanId, parentSpanId, name: spanId, region, startMs, durationMs, status: 'ok', attributes: {} })

  it('puts children under their parents, in the order of their beginning', () => {
    const bars = waterfall([
      span('late', 'root', 60, 10),
      span('root', undefined, 0, 100),
      span('early', 'root', 10, 40),
      span('inner', 'early', 20, 10),
    ])
    expect(bars.map(({ span: { spanId }, depth }) => [spanId, depth])).toEqual([
      ['root', 0],
      ['early', 1],
      ['inner', 2],
      ['late', 1],
    ])
    expect(bars[1]).toMatchObject({ from: 0.1, length: 0.4, movedMs: 0 })
  })

  it('puts the spans of a region whose clock is off back under their parent', () => {
    const bars = waterfall([
      span('root', undefined, 0, 100),
      span('remote', 'root', 5000, 40, 'singapore'),
      span('inner', 'remote', 5010, 10, 'singapore'),
    ])
    expect(bars.map(({ from, movedMs }) => [from, movedMs])).toEqual([
      [0, 0],
      [0.3, -4970],
      [0.4, -4970],
    ])
  })

  it('draws every span once, whatever the parents say, and always within the picture', () => {
    const arbitrary = fc.uniqueArray(
      fc.record({
        id: fc.nat(12),
        parent: fc.option(fc.nat(12), { nil: undefined }),
        start: fc.nat(1000),
        length: fc.nat(1000),
        region: fc.constantFrom('dublin' as const, 'singapore' as const),
      }),
      { selector: ({ id }) => id, minLength: 1, maxLength: 12 },
    )
    fc.assert(
      fc.property(arbitrary, (spans) => {
        const records = spans.map(({ id, parent, start, length, region }) =>
          span(String(id), parent === undefined ? undefined : String(parent), start, length, region),
        )
        const bars = waterfall(records)
        expect(new Set(bars.map((bar) => bar.span.spanId)).size).toBe(bars.length)
        // Spans in a circle have no beginning, so they cannot be placed; all others are.
        const rooted = (record: SpanRecord, seen: readonly string[] = []): boolean => {
          const parent = records.find(({ spanId }) => spanId === record.parentSpanId)
          return parent === undefined || (!seen.includes(parent.spanId) && rooted(parent, [...seen, record.spanId]))
        }
        expect(bars.map((bar) => bar.span.spanId).toSorted()).toEqual(
          records
            .filter((record) => rooted(record))
            .map(({ spanId }) => spanId)
            .toSorted(),
        )
        for (const { from, length } of bars) {
          expect(from).toBeGreaterThanOrEqual(0)
          expect(from + length).toBeLessThanOrEqual(1 + 1e-9)
        }
      }),
    )
  })
})

describe('the lines of the stage', () => {
  const box = (left: number, top: number): Box => ({ left, top, right: left + 270, bottom: top + 110 })
  const boxes = (stacked: boolean): Boxes => {
    const plates = stacked
      ? { virginia: box(28, 0), dublin: box(28, 300), singapore: box(28, 700) }
      : { virginia: box(0, 44), dublin: box(480, 44), singapore: box(960, 44) }
    return { plates, columns: plates, providers: { payments: stacked ? box(28, 430) : box(300, 200) }, width: stacked ? 360 : 1230 }
  }

  it.each([
    ['side by side', false],
    ['stacked', true],
  ])('join the plates that they name, %s', (_, stacked) => {
    const edges = layOut(boxes(stacked))
    expect(Object.keys(edges).toSorted()).toEqual([
      'dublin-singapore',
      'dublin-virginia',
      'dublin>payments',
      'learners>dublin',
      'learners>singapore',
      'learners>virginia',
      'virginia-singapore',
    ])
    const touches = (point: { x: number; y: number }, { left, right, top, bottom }: Box): boolean =>
      point.x >= left - 1 && point.x <= right + 1 && point.y >= top - 1 && point.y <= bottom + 1
    const { plates } = boxes(stacked)
    for (const [name, edge] of Object.entries(edges).filter(([key]) => key.includes('-'))) {
      const [a, b] = name.split('-') as ['dublin', 'virginia']
      expect(touches(pointOn(edge, 0), plates[a]) && touches(pointOn(edge, 1), plates[b]), name).toBe(true)
    }
  })
})

describe('what travels', () => {
  const common = { atMs: 0, sequence: 1, arrivedMs: 0 } as const
  it('goes along the link from the one who asks to the one who is asked', () => {
    const call = (region: 'dublin' | 'virginia', to: string) =>
      sightingOf({ type: 'call', region, to, service: '', outcome: 'ok', durationMs: 10, ...common })
    expect(call('dublin', 'virginia')).toMatchObject({ edge: 'dublin-virginia', backwards: false })
    expect(call('virginia', 'dublin')).toMatchObject({ edge: 'dublin-virginia', backwards: true })
    expect(call('dublin', 'payments')).toMatchObject({ edge: 'dublin>payments' })
    expect(call('dublin', 'dublin')).toBeUndefined()
  })

  it('stops at the gate when it is refused, and half-way when it fails', () => {
    const reach = (outcome: 'ok' | 'failed' | 'refused') =>
      sightingOf({ type: 'call', region: 'dublin', to: 'virginia', service: '', outcome, durationMs: 10, ...common })?.reach
    expect(reach('ok')).toBe(1)
    expect(reach('failed')).toBe(0.5)
    expect(reach('refused')).toBeLessThan(0.2)
  })

  it('keeps the rhythm in which it happened, and never starts before it was heard of', () => {
    const told = (region: 'dublin' | 'virginia', atMs: number, arrivedMs: number) =>
      ({ type: 'narration', text: '', region, atMs, sequence: atMs, arrivedMs }) as const
    const starts = inRhythm([
      told('dublin', 1000, 50),
      told('dublin', 1040, 50),
      told('virginia', 7000, 50),
      told('dublin', 1100, 50),
      told('virginia', 100, 50),
    ])
    const of = (atMs: number): number => starts.find(({ event }) => event.atMs === atMs)?.startMs ?? Number.NaN
    expect([of(1040) - of(1000), of(1100) - of(1040)]).toEqual([40, 60])
    for (const { startMs } of starts) expect(startMs).toBeGreaterThanOrEqual(50)
    expect(starts.map(({ startMs }) => startMs)).toEqual(starts.map(({ startMs }) => startMs).toSorted((a, b) => a - b))
  })

  it('looks like what became of it', () => {
    const kinds = (['ok', 'retried', 'rate-limited', 'unavailable', 'failed'] as const).map(
      (outcome) => sightingOf({ type: 'request', region: 'dublin', route: '', outcome, durationMs: 1, ...common })?.kind,
    )
    expect(kinds).toEqual(['ok', 'retried', 'refused', 'refused', 'failed'])
  })
})

describe('a sparkline', () => {
  it('lifts the pen where nothing is known, and ends at the right edge', () => {
    expect(sparkline([0, 10, undefined, 5, 10], { width: 40, height: 10, max: 10 })).toBe('M0.0 10.0L10.0 0.0M30.0 5.0L40.0 0.0')
    expect(sparkline([undefined, 5, undefined], { width: 20, height: 10, max: 10 })).toBe('M10.0 5.0h5.0')
  })

  it('has a round scale that holds the largest value', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (value) => {
        const ceiling = niceCeiling(value, 5)
        expect(ceiling).toBeGreaterThanOrEqual(Math.max(5, value))
        expect(ceiling).toBeLessThanOrEqual(Math.max(5, value) * 2.5 + 1e-9)
      }),
    )
    expect([0, 6, 11, 21, 99, 100].map((value) => niceCeiling(value, 5))).toEqual([5, 10, 20, 50, 100, 100])
  })
})
