import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createClock } from '../src/index.ts'
import { createIntervalClock, isBefore } from '../src/adapters/interval.ts'
import { skewedClock, steppingClock } from '../src/adapters/testing.ts'
import { settle } from './model/disk.ts'

test('the interval holds true time for every wall clock that is wrong by no more than the bound', () => {
  fc.assert(
    fc.property(fc.integer({ min: -200, max: 200 }), fc.nat({ max: 200 }), (offsetMs, errorMs) => {
      const truth = steppingClock(1_000_000)
      const { earliestMs, latestMs } = createIntervalClock({ errorMs, clock: skewedClock(truth, { offsetMs }) }).now()
      expect(earliestMs <= truth.now() && truth.now() <= latestMs).toBe(Math.abs(offsetMs) <= errorMs)
    }),
  )
})

test('isBefore is certain: it never holds both ways and never between two intervals that share a moment', () => {
  const interval = fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 20 })).map(([from, size]) => ({ earliestMs: from, latestMs: from + size }))
  fc.assert(
    fc.property(interval, interval, (a, b) => {
      const shared = a.earliestMs <= b.latestMs && b.earliestMs <= a.latestMs
      expect([isBefore(a, b), isBefore(b, a)].filter(Boolean)).toHaveLength(shared ? 0 : 1)
    }),
  )
})

test('after waitUntilPast, nobody within the bound can stamp earlier, though no message passes between the clocks', async () => {
  for (const [ours, theirs] of [[-50, 50], [50, -50], [0, -50], [50, 50]] as const) {
    const truth = steppingClock(1_000_000)
    const wall = skewedClock(truth, { offsetMs: ours })
    const stamp = createClock({ node: 'a', clock: wall }).now()
    const wait = { past: false }
    const waiting = createIntervalClock({ errorMs: 50, clock: wall }).waitUntilPast(stamp).then(() => (wait.past = true))
    const other = createClock({ node: 'b', clock: skewedClock(truth, { offsetMs: theirs }) })
    for (let ms = 0; ms < 1000 && !wait.past; ms++) {
      truth.advance(1)
      await settle()
    }
    await waiting
    expect(other.now().ms).toBeGreaterThan(stamp.ms)
    expect(truth.now()).toBeLessThanOrEqual(1_000_000 + 2 * 50 + 1)
  }
})

test('waitUntilPast resolves at once for what is past, and waits longer if the wall is set back meanwhile', async () => {
  const wall = steppingClock(1_000_000)
  const interval = createIntervalClock({ errorMs: 10, clock: wall })
  await interval.waitUntilPast(1_000_000 - 21)
  let past = false
  const waiting = interval.waitUntilPast(1_000_000).then(() => (past = true))
  wall.set(999_000)
  wall.advance(21)
  await settle()
  expect(past).toBe(false)
  wall.advance(1000)
  await waiting
})

test('the bound may be a measurement that changes', () => {
  let errorMs = 5
  const interval = createIntervalClock({ errorMs: () => errorMs, clock: steppingClock(1000) })
  expect(interval.now()).toEqual({ earliestMs: 995, latestMs: 1005 })
  errorMs = 80
  expect(interval.now()).toEqual({ earliestMs: 920, latestMs: 1080 })
})

test('a wait is given up by its signal, with its reason, and leaves no timer behind', async () => {
  const wall = steppingClock(1000)
  let timers = 0
  const clock = { now: () => wall.now(), after: (ms: number, run: () => void) => (timers++, { cancel: ((timer) => () => (timers--, timer.cancel()))(wall.after(ms, run)) }) }
  const interval = createIntervalClock({ errorMs: 0, clock })
  const stop = new AbortController()
  const waiting = interval.waitUntilPast(5000, { signal: stop.signal })
  await settle()
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
  await expect(interval.waitUntilPast(5000, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before')
  expect(timers).toBe(0)
})

test('a bound or a moment that is none is refused', async () => {
  const clock = steppingClock(1000)
  for (const errorMs of [-1, NaN, Infinity, undefined, '5']) expect(() => createIntervalClock({ errorMs: errorMs as never, clock })).toThrow(TypeError)
  const interval = createIntervalClock({ errorMs: 1, clock })
  for (const moment of [NaN, Infinity, {} as never]) await expect(interval.waitUntilPast(moment)).rejects.toBeInstanceOf(TypeError)
  clock.set(NaN)
  expect(() => interval.now()).toThrow('finite wall time')
})
