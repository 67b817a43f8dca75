import * as fc from 'fast-check'
import { decodeTime, isValid } from 'ulid'
import { expect, test } from 'vitest'
import { compare, createClock, type Stamp } from '../src/index.ts'
import { fromUlid, fromUuid, toUlid, toUuid } from '../src/adapters/id.ts'

const stamp = fc.record({
  ms: fc.oneof(fc.nat({ max: 5 }), fc.maxSafeNat().map((n) => n % 2 ** 48)), count: fc.nat({ max: 65_535 }), node: fc.stringMatching(/^[a-z0-9.]{1,20}$/),
})

test('a UUIDv7 has the form that RFC 9562 asks for, a ULID is one to the ulid package, and both give time and counter back', () => {
  fc.assert(
    fc.property(stamp, (s) => {
      expect(toUuid(s)).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
      expect(isValid(toUlid(s))).toBe(true)
      expect(decodeTime(toUlid(s))).toBe(s.ms)
      expect([fromUuid(toUuid(s)), fromUlid(toUlid(s))]).toEqual([{ ...s, node: '' }, { ...s, node: '' }])
    }),
    { numRuns: 1000 },
  )
})

test('ids sort as their stamps do, but for ties between nodes', () => {
  fc.assert(
    fc.property(stamp, stamp, (a, b) => {
      const order = compare({ ...a, node: '' }, { ...b, node: '' })
      if (order === 0) return
      for (const make of [toUuid, toUlid]) expect(make(a) < make(b) ? -1 : 1).toBe(order)
    }),
    { numRuns: 1000 },
  )
})

test('the same event has the same id everywhere, and two hundred thousand nodes at one moment have as many ids', () => {
  const at = (node: string): Stamp => ({ ms: 1_700_000_000_000, count: 7, node })
  expect(toUuid(at('dublin'))).toBe(toUuid(at('dublin')))
  const ids = new Set<string>()
  const ones = Array.from({ length: 58 }, () => 0)
  for (let index = 0; index < 100_000; index++) {
    for (const node of [`node${index}`, index.toString(36)]) {
      const id = toUuid(at(node))
      ids.add(id)
      // The variant's two bits lie on top and are left out.
      const halves = [parseInt(id.slice(24, 30), 16), parseInt(id.slice(30), 16), parseInt(id.slice(19, 23), 16)]
      for (let bit = 0; bit < 58; bit++) ones[bit]! += (halves[Math.floor(bit / 24)]! >> (bit % 24)) & 1
    }
  }
  expect(ids.size).toBe(200_000)
  for (const count of ones) expect(Math.abs(count / 200_000 - 0.5)).toBeLessThan(0.01)
})

test('ids of a clock in a loop rise strictly, across the end of the counter', () => {
  const clock = createClock({ node: 'a', clock: { now: () => 1000 } })
  clock.reserve(65_000)
  let last = ''
  for (let index = 0; index < 2000; index++) {
    const id = toUuid(clock.now())
    expect(id > last).toBe(true)
    last = id
  }
})

test('other texts are refused, and a stamp without a node has no id', () => {
  for (const text of ['', 'x', '018BCFE5-6800-7ABC-B435-9B6B3A23F326', '018bcfe5-6800-4abc-b435-9b6b3a23f326', '018bcfe5-6800-7abc-c435-9b6b3a23f326', 7]) {
    expect(() => fromUuid(text as string)).toThrow(TypeError)
  }
  for (const text of ['', '01hf7yat00nf6p8dcvdcx27ws6', '81HF7YAT00NF6P8DCVDCX27WS6', '01HF7YAT00NF6P8DCVDCX27WSU', '01HF7YAT00NF6P8DCVDCX27WS', null]) {
    expect(() => fromUlid(text as string)).toThrow(TypeError)
  }
  for (const bad of [{ ms: 1, count: 0, node: '' }, { ms: 1, count: 0, node: '~' }, { ms: NaN, count: 0, node: 'a' }]) {
    expect(() => toUuid(bad)).toThrow(TypeError)
    expect(() => toUlid(bad)).toThrow(TypeError)
  }
})
