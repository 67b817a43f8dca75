import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compare, createClock, createQuarantine, DriftError, type QuarantineEvent, type Stamp } from '../src/index.ts'
import { steppingClock } from '../src/adapters/testing.ts'

const at = (ms: number, count = 0): Stamp => ({ ms, count, node: 'b' })

test('a refused message is received, in order and exactly once, as soon as its clock would admit it', () => {
  const wall = steppingClock(1_000_000)
  const clock = createClock({ node: 'a', clock: wall, maxDriftMs: 1000 })
  const applied: string[] = []
  const receive = (message: string, stamp: Stamp): void => {
    if (clock.tryReceive(stamp) instanceof DriftError) expect(quarantine.hold(message, stamp)).toBe('held')
    else applied.push(message)
  }
  const quarantine = createQuarantine<string>({ release: receive, maxDriftMs: 1000, clock: wall })
  receive('later', at(1_006_000))
  receive('soon', at(1_003_000))
  receive('now', at(1_000_500))
  expect([applied, quarantine.size]).toEqual([['now'], 2])
  wall.advance(1999)
  expect(applied).toEqual(['now'])
  wall.advance(1)
  expect(applied).toEqual(['now', 'soon'])
  wall.advance(3000)
  expect([applied, quarantine.size]).toEqual([['now', 'soon', 'later'], 0])
})

test('whatever is held when: releases come by time, those of one moment in the order of their stamps, none early, none twice, none lost (model: a list)', () => {
  const step = fc.oneof(
    fc.record({ hold: fc.nat({ max: 5000 }), count: fc.nat({ max: 3 }) }),
    fc.record({ pass: fc.nat({ max: 900 }) }),
    fc.record({ wall: fc.integer({ min: -500, max: 500 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { size: 'max', maxLength: 60 }), (steps) => {
      const wall = steppingClock(1_000_000)
      const released: { message: number; stamp: Stamp }[] = []
      const quarantine = createQuarantine<number>({
        maxDriftMs: 100, clock: wall,
        release(message, stamp) {
          expect(wall.now()).toBeGreaterThanOrEqual(stamp.ms - 100)
          released.push({ message, stamp })
        },
      })
      let held = 0
      for (const one of steps) {
        if ('hold' in one) quarantine.hold(held++, at(1_000_000 + one.hold, one.count))
        else if ('pass' in one) wall.advance(one.pass)
        else wall.set(wall.now() + one.wall)
        const waiting = [...quarantine].map(({ stamp }) => stamp)
        expect(waiting).toEqual([...waiting].sort(compare))
        expect(quarantine.size + released.length).toBe(held)
      }
      wall.advance(120_000)
      expect(released.map(({ message }) => message).sort((a, b) => a - b)).toEqual(Array.from({ length: held }, (_, index) => index))
    }),
  )
})

describe('the bounds', () => {
  test('a message too far ahead is not taken', () => {
    const quarantine = createQuarantine({ release() {}, maxHoldMs: 5000, maxDriftMs: 1000, clock: steppingClock(0) })
    expect([quarantine.hold('x', at(6000)), quarantine.hold('x', at(6001))]).toEqual(['held', 'too-far'])
  })

  test('at maxHeld the furthest gives way to a nearer one, and is told', () => {
    const quarantine = createQuarantine<string>({ release() {}, maxHeld: 2, clock: steppingClock(0) })
    const events: QuarantineEvent<string>[] = []
    quarantine.onEvent((event) => events.push(event))
    for (const ms of [200_000, 300_000]) quarantine.hold(`m${ms}`, at(ms))
    expect([quarantine.hold('far', at(400_000)), quarantine.hold('near', at(100_000))]).toEqual(['full', 'held'])
    expect(events).toEqual([{ type: 'evicted', message: 'm300000', stamp: at(300_000) }])
    expect([...quarantine].map(({ message }) => message)).toEqual(['near', 'm200000'])
  })

  test('wrong options and stamps are refused', () => {
    for (const bad of [{ maxHeld: 0 }, { maxHeld: 1.5 }, { maxHoldMs: -1 }, { maxDriftMs: NaN }, { release: 5 }, { hold: 5 }]) {
      expect(() => createQuarantine({ release() {}, ...bad } as never)).toThrow(TypeError)
    }
    const quarantine = createQuarantine({ release() {}, clock: steppingClock(0) })
    expect(() => quarantine.hold('x', at(NaN))).toThrow(TypeError)
    expect(quarantine.size).toBe(0)
  })
})

test('a release that throws is told and holds up nobody', () => {
  const wall = steppingClock(0)
  const released: string[] = []
  const quarantine = createQuarantine<string>({
    clock: wall, maxDriftMs: 0,
    release(message) {
      if (message === 'bad') throw new Error('cannot apply')
      released.push(message)
    },
  })
  const events: QuarantineEvent<string>[] = []
  quarantine.onEvent((event) => events.push(event))
  quarantine.hold('bad', at(10))
  quarantine.hold('good', at(10, 1))
  wall.advance(10)
  expect([released, events]).toEqual([['good'], [{ type: 'release-failed', message: 'bad', stamp: at(10), error: new Error('cannot apply') }]])
})

test('everything waits while the wall clock shows nonsense', () => {
  const wall = steppingClock(0)
  const quarantine = createQuarantine<string>({ release() {}, maxDriftMs: 0, clock: wall })
  quarantine.hold('x', at(10))
  wall.set(NaN)
  wall.advance(200_000)
  expect([quarantine.size, quarantine.drain()]).toEqual([1, 0])
  wall.set(10)
  expect(quarantine.drain()).toBe(1)
})

test('a disposed quarantine releases no more by itself, and can still be read and drained', () => {
  const wall = steppingClock(0)
  const quarantine = createQuarantine<string>({ release() {}, maxDriftMs: 0, clock: wall })
  quarantine.hold('x', at(10))
  quarantine[Symbol.dispose]()
  wall.advance(1000)
  expect([...quarantine]).toEqual([{ message: 'x', stamp: at(10) }])
  expect(quarantine.drain()).toBe(1)
})
