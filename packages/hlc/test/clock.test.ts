import { describe, expect, test } from 'vitest'
import { compare, createClock, createWatchedClock, DriftError, encode, merge, type ClockEvent, type Stamp } from '../src/index.ts'
import { coarseClock, frozenClock, steppingClock } from '../src/adapters/testing.ts'

const at = (ms: number, count = 0, node = 'b'): Stamp => ({ ms, count, node })
const clockAt = (ms: number, more: object = {}) => {
  const wall = steppingClock(ms)
  return { wall, clock: createClock({ node: 'a', clock: wall, ...more }) }
}

describe('now', () => {
  test('takes the wall clock while that moves, and counts while it stands', () => {
    const { wall, clock } = clockAt(1000)
    expect([clock.now(), clock.now()]).toEqual([at(1000, 0, 'a'), at(1000, 1, 'a')])
    wall.advance(1)
    expect(clock.now()).toEqual(at(1001, 0, 'a'))
  })

  test('never refuses and never goes back when the wall clock is set back an hour, and leads until it has caught up', () => {
    const { wall, clock } = clockAt(10_000_000)
    clock.now()
    wall.set(wall.now() - 3_600_000)
    expect(clock.now()).toEqual(at(10_000_000, 1, 'a'))
    expect(clock.leadMs).toBe(3_600_000)
    wall.advance(3_600_001)
    expect(clock.now()).toEqual(at(10_000_001, 0, 'a'))
    expect(clock.leadMs).toBe(0)
  })

  test('drops fractions of a millisecond, and takes a wall clock before 1970 for one that is merely late', () => {
    const { wall, clock } = clockAt(1000.75)
    expect(clock.now()).toEqual(at(1000, 0, 'a'))
    wall.set(-5)
    expect(clock.now()).toEqual(at(1000, 1, 'a'))
  })

  test('carries a full counter into time for a million stamps of one frozen millisecond, each after the one before', () => {
    const clock = createClock({ node: 'a', clock: frozenClock(steppingClock(5000)) })
    let last = clock.now()
    for (let i = 1; i < 1_000_000; i++) {
      const next = clock.now()
      if (compare(last, next) !== -1) throw new Error(`${encode(next)} after ${encode(last)}`)
      last = next
    }
    expect(last).toEqual(at(5000 + Math.floor(999_999 / 65_536), 999_999 % 65_536, 'a'))
  })

  test('goes on carrying through a clock of 100 ms steps, and falls back to it when it moves past', () => {
    const wall = steppingClock(1_000_000)
    const clock = createClock({ node: 'a', clock: coarseClock(wall, 100) })
    clock.reserve(70_000)
    expect(clock.now()).toEqual(at(1_000_001, 70_000 - 65_536, 'a'))
    wall.advance(99)
    expect(clock.now().ms).toBe(1_000_001)
    wall.advance(1)
    expect(clock.now()).toEqual(at(1_000_100, 0, 'a'))
  })

  test('reads the global clock when called, not when made', () => {
    const real = Date.now
    const clock = createClock({ node: 'a' })
    Date.now = () => 77
    try {
      expect(clock.now().ms).toBe(77)
    } finally {
      Date.now = real
    }
  })
})

describe('receive', () => {
  test('comes after the remote and after everything issued here', () => {
    const { clock } = clockAt(1000)
    expect(clock.receive(at(1500, 7))).toEqual(at(1500, 8, 'a'))
    expect(clock.receive(at(900))).toEqual(at(1500, 9, 'a'))
  })

  test('welcomes the past however old', () => {
    expect(clockAt(1e12).clock.receive(at(0))).toEqual(at(1e12, 0, 'a'))
  })

  test('accepts exactly the bound and refuses one millisecond more, whatever the counter', () => {
    const { clock } = clockAt(1000, { maxDriftMs: 500 })
    expect(clock.receive(at(1500, 65_535))).toEqual(at(1501, 0, 'a'))
    const before = clock.peek()
    expect(() => clock.receive(at(1501))).toThrow(DriftError)
    expect(clock.peek()).toEqual(before)
  })

  test('says how far, how much is allowed, whose, and what to do', () => {
    const { clock } = clockAt(1000)
    const error = clock.tryReceive(at(3_601_000)) as DriftError
    expect(error).toBeInstanceOf(DriftError)
    expect(error).toMatchObject({ code: 'drift', offsetMs: 3_600_000, maxDriftMs: 60_000, node: 'b', remote: at(3_601_000) })
    expect(error.message).toBe('b is 3600000 ms ahead, maxDriftMs is 60000: check both clocks')
  })

  test('measures drift from the wall clock, so that a lead of its own refuses nobody and wedges nothing', () => {
    const { wall, clock } = clockAt(100_000)
    clock.receive(at(160_000))
    wall.set(0)
    expect(clock.tryReceive(at(60_000))).toEqual(at(160_000, 2, 'a'))
    expect(clock.tryReceive(at(60_001))).toBeInstanceOf(DriftError)
    expect(clock.now()).toEqual(at(160_000, 3, 'a'))
  })

  test('trusts any remote with a bound of Infinity', () => {
    expect(clockAt(0, { maxDriftMs: Infinity }).clock.receive(at(2 ** 47)).ms).toBe(2 ** 47)
  })
})

describe('receiveAll', () => {
  test('takes one step for any number of stamps: that of the furthest', () => {
    const { clock } = clockAt(1000)
    const before = clock.now()
    const batch = Array.from({ length: 200_000 }, (_, index) => at(1000 + (index % 50), index % 60_000))
    const top = batch.reduce((a, b) => (b.ms * 65_536 + b.count > a.ms * 65_536 + a.count ? b : a))
    expect(clock.receiveAll(batch)).toEqual(merge(before, top, 1000))
  })

  test('of nothing is a local event', () => {
    expect(clockAt(1000).clock.receiveAll([])).toEqual(at(1000, 0, 'a'))
  })

  test('refuses the whole batch when one stamp is too far ahead or malformed, or when the source fails', () => {
    const { clock } = clockAt(1000)
    const before = clock.now()
    function* broken() {
      yield at(5000)
      throw new Error('line is cut')
    }
    expect(() => clock.receiveAll([at(2000), at(1e6), at(3000)])).toThrow(DriftError)
    expect(() => clock.receiveAll([at(2000), at(NaN)])).toThrow(/expected a stamp/)
    expect(() => clock.receiveAll(broken())).toThrow('line is cut')
    expect(clock.peek()).toEqual(before)
  })
})

describe('reserve', () => {
  test('hands out consecutive stamps, across the end of the counter, and the clock goes on after them', () => {
    const { clock } = clockAt(1000)
    clock.receive(at(1000, 65_533))
    const range = clock.reserve(4)
    expect([...range].map(encode)).toEqual(['0000000003e8ffff-a', '0000000003e90000-a', '0000000003e90001-a', '0000000003e90002-a'])
    expect([range.first, range.at(1), range.last, range.size]).toEqual([at(1000, 65_535, 'a'), at(1001, 0, 'a'), at(1001, 2, 'a'), 4])
    expect(clock.now()).toEqual(at(1001, 3, 'a'))
  })

  test('is the same as that many calls of now on a clock that stands', () => {
    const one = clockAt(1000).clock
    expect([...clockAt(1000).clock.reserve(100)]).toEqual(Array.from({ length: 100 }, () => one.now()))
  })

  test('knows its own ends', () => {
    const range = clockAt(1000).clock.reserve(3)
    for (const index of [-1, 3, 0.5, NaN]) expect(() => range.at(index)).toThrow('inside the range')
  })
})

test('start continues a stored clock: everything new comes after it, under its id', () => {
  const clock = createClock({ start: at(2000, 9, 'a'), clock: steppingClock(1000) })
  expect(clock.peek()).toEqual(at(2000, 9, 'a'))
  expect(clock.now()).toEqual(at(2000, 10, 'a'))
})

test('clocks without a node name themselves differently, and the same under the same randomness', () => {
  expect(createClock().node).toMatch(/^[0-9a-z]{10,22}$/)
  expect(createClock().node).not.toBe(createClock().node)
  const random = () => 0.5
  expect(createClock({ random }).node).toBe(createClock({ random }).node)
})

test('several clocks of one process share nothing', () => {
  const wall = steppingClock(1000)
  const [a, b] = [createClock({ node: 'a', clock: wall }), createClock({ node: 'b', clock: wall })]
  a.receive(at(5000))
  expect(b.now()).toEqual(at(1000, 0, 'b'))
})

describe('onEvent', () => {
  const listen = (clock: { onEvent(listener: (event: ClockEvent) => void): Disposable }) => {
    const events: ClockEvent[] = []
    return { events, subscription: clock.onEvent((event) => events.push(event)) }
  }

  test('tells refusals', () => {
    const { clock } = clockAt(1000)
    const { events } = listen(clock)
    const error = clock.tryReceive(at(1e6))
    expect(events).toEqual([{ type: 'refused', error }])
  })

  test('tells a lead at one second, at each doubling, and anew once it was gone', () => {
    const { wall, clock } = clockAt(100_000)
    const { events } = listen(clock)
    for (const ms of [100_999, 101_000, 101_500, 102_000, 103_999]) clock.receive(at(ms))
    wall.advance(10_000)
    clock.now()
    clock.receive(at(111_000))
    expect(events.map((event) => event.type === 'lead' && event.leadMs)).toEqual([1000, 2000, 1000])
  })

  test('tells a stamp with its own id that it never issued, and stays after it; its own echo is no news', () => {
    const { clock } = clockAt(1000)
    const { events } = listen(clock)
    clock.receive(clock.now())
    expect(events).toEqual([])
    expect(clock.receive(at(1200, 3, 'a'))).toEqual(at(1200, 4, 'a'))
    expect(events).toEqual([{ type: 'conflict', remote: at(1200, 3, 'a') }])
  })

  test('passes on what a watched physical clock sees, until disposed of', () => {
    const wall = steppingClock(1000)
    const clock = createClock({ node: 'a', clock: createWatchedClock({ clock: wall }) })
    const { events, subscription } = listen(clock)
    wall.set(9000)
    clock.now()
    expect(events).toEqual([{ type: 'forward', byMs: 8000, wallMs: 9000 }])
    subscription[Symbol.dispose]()
    subscription[Symbol.dispose]()
    wall.set(0)
    clock.now()
    expect(events).toHaveLength(1)
  })

  test('shields the caller and the other listeners from one that throws', () => {
    const { clock } = clockAt(1000)
    clock.onEvent(() => {
      throw new Error('bad listener')
    })
    const { events } = listen(clock)
    expect(clock.tryReceive(at(1e6))).toBeInstanceOf(DriftError)
    expect(events).toHaveLength(1)
  })
})
