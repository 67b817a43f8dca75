import { describe, expect, test } from 'vitest'
import { createClock, createWatchedClock, type ClockEvent, type FullClock, type SkewEvent } from '../src/index.ts'
import { coarseClock, frozenClock, skewedClock, steppingClock, suspendableClock } from '../src/adapters/testing.ts'

function watch(clock: FullClock) {
  const events: SkewEvent[] = []
  const watched = createWatchedClock({ clock })
  watched.onEvent((event) => events.push(event))
  return { watched, events }
}

describe('a watched clock', () => {
  test('tells a step of the wall clock in either direction, at the reading after it', () => {
    const wall = steppingClock(1_000_000)
    const { watched, events } = watch(wall)
    wall.set(4_600_000)
    watched.now()
    wall.set(1_000_000)
    watched.now()
    expect(events).toEqual([
      { type: 'forward', byMs: 3_600_000, wallMs: 4_600_000 },
      { type: 'backward', byMs: 3_600_000, wallMs: 1_000_000 },
    ])
  })

  test('tells it within a second on a node that is idle, by its heartbeat', () => {
    const wall = steppingClock(1_000_000)
    const { events } = watch(wall)
    wall.set(999_500)
    wall.advance(1000)
    expect(events).toMatchObject([{ type: 'backward', byMs: 500 }])
  })

  test('does not take idleness, coarseness or a slew below the bound for a step', () => {
    const base = steppingClock(1_000_000)
    const { watched, events } = watch(coarseClock(skewedClock(base, { offsetMs: -5000, driftPpm: 200 }), 100))
    for (let second = 0; second < 600; second++) {
      base.advance(1000)
      watched.now()
    }
    base.advance(60_000)
    watched.now()
    expect(events).toEqual([])
  })

  test('adds up a drift until it matters', () => {
    const base = steppingClock(1_000_000)
    const { events } = watch(skewedClock(base, { driftPpm: 500 }))
    base.advance(3_600_000)
    expect(events).toHaveLength(7)
    expect(events.every((event) => event.type === 'forward' && event.byMs >= 250 && event.byMs < 251)).toBe(true)
  })

  test('tells a wall clock that stands still as falling behind', () => {
    const base = steppingClock(1_000_000)
    const { events } = watch(frozenClock(base))
    base.advance(3000)
    expect(events.map((event) => [event.type, event.byMs])).toEqual([['backward', 1000], ['backward', 1000], ['backward', 1000]])
  })

  test('tells a machine that slept while both clocks ran on as suspended', () => {
    const machine = suspendableClock(steppingClock(1_000_000))
    const { events } = watch(machine)
    machine.suspend(30_000)
    expect(events).toEqual([{ type: 'suspended', byMs: 29_000, wallMs: 1_030_000 }])
  })

  test('tells a machine whose monotonic clock slept too as a step forward, for it cannot be told apart', () => {
    const machine = suspendableClock(steppingClock(1_000_000))
    const { watched, events } = watch(machine)
    machine.suspend(30_000, true)
    watched.now()
    expect(events).toEqual([{ type: 'forward', byMs: 30_000, wallMs: 1_030_000 }])
  })

  test('reads the monotonic clock once a second, not once a call', () => {
    const base = steppingClock(1_000_000)
    let readings = 0
    const { watched } = watch({
      now: () => base.now(),
      after: (ms, run) => base.after(ms, run),
      monotonic() {
        readings++
        return base.monotonic()
      },
    })
    const clock = createClock({ node: 'a', clock: watched })
    const before = readings
    for (let call = 0; call < 100_000; call++) clock.now()
    expect(readings - before).toBe(0)
    for (let second = 0; second < 100; second++) {
      base.advance(1000)
      clock.now()
    }
    expect(readings - before).toBeLessThanOrEqual(300)
  })

  test('ends its heartbeat when disposed of', () => {
    const base = steppingClock(1_000_000)
    const { watched, events } = watch(base)
    watched[Symbol.dispose]()
    base.set(0)
    base.advance(10_000)
    expect(events).toEqual([])
  })

  test('serves several hybrid clocks, each of which passes its events on', () => {
    const base = steppingClock(1_000_000)
    const watched = createWatchedClock({ clock: base })
    const heard: ClockEvent[] = []
    for (const node of ['a', 'b']) createClock({ node, clock: watched }).onEvent((event) => heard.push(event))
    base.set(2_000_000)
    watched.now()
    expect(heard.map(({ type }) => type)).toEqual(['forward', 'forward'])
  })
})

test('without options the watched clock is the one of the process', () => {
  const watched = createWatchedClock()
  expect(Math.abs(watched.now() - Date.now())).toBeLessThan(1000)
  expect(watched.monotonic()).toBeGreaterThan(0)
  watched[Symbol.dispose]()
})
