import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changesBehind } from '../src/board/lag.ts'
import { percentile, reduceSeries } from '../src/board/series.ts'
import { stream, type Told } from './board-events.ts'

describe('the last minute', () => {
  it('knows percentiles within five per cent of the exact ones', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.2, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (durations, share) => {
          const events = stream(
            ...durations.map((durationMs): Told => [0, 'dublin', { type: 'request', route: '', outcome: 'ok', durationMs }]),
          )
          const [second] = reduceSeries([], events)
          const exact = durations.toSorted((a, b) => a - b)[Math.ceil(durations.length * share) - 1] ?? 0
          const told = percentile(second?.bins ?? {}, share) ?? 0
          expect(Math.abs(told / exact - 1)).toBeLessThan(0.05)
        },
      ),
    )
    expect(percentile({}, 0.5)).toBeUndefined()
  })

  it('forgets what is older than a minute', () => {
    const at = (second: number): Told => [second * 1000, 'dublin', { type: 'refused', what: 'drift', detail: '' }]
    const seconds = reduceSeries([], stream(at(0), at(1), at(30), at(60))).map(({ second }) => second)
    expect(seconds).toEqual([1, 30, 60])
  })

  it('counts lag as the changes that others have and this replica lacks', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            region: fc.constantFrom('dublin', 'virginia', 'singapore'),
            seen: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
          }),
          { maxLength: 3 },
        ),
        (replicas) => {
          // The slow model: each actor made four changes in order, a replica saw a prefix of each; lag is what the union holds beyond it.
          const actors = ['a', 'b', 'c']
          const versions = Object.fromEntries(
            replicas.map(({ region, seen }) => [
              region,
              Object.fromEntries(actors.map((actor, index) => [actor, seen.slice(index * 4, index * 4 + 4).filter(Boolean).length])),
            ]),
          )
          const holds = (version: Record<string, number>): Set<string> =>
            new Set(actors.flatMap((actor) => Array.from({ length: version[actor] ?? 0 }, (_, index) => `${actor}${index}`)))
          const union = new Set(Object.values(versions).flatMap((version) => [...holds(version)]))
          for (const [region, version] of Object.entries(versions))
            expect(changesBehind(versions)[region as 'dublin']).toBe([...union].filter((change) => !holds(version).has(change)).length)
        },
      ),
    )
  })
})
