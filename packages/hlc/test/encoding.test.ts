import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ceil, compare, decode, encode, equals, floor, fromBytes, max, toBytes, toDate, type Stamp } from '../src/index.ts'

const nodeId = fc.stringMatching(/^[A-Za-z0-9_.:]{1,64}$/)
const stamp = fc.record({ ms: fc.maxSafeNat().map((n) => n % 2 ** 48), count: fc.nat({ max: 65_535 }), node: nodeId })

/** Order by exact arithmetic and UTF-8 bytes, with no code of the package. */
function slowCompare(a: Stamp, b: Stamp): number {
  const time = (s: Stamp) => (BigInt(s.ms) << 16n) | BigInt(s.count)
  if (time(a) !== time(b)) return time(a) < time(b) ? -1 : 1
  return Math.sign(Buffer.compare(Buffer.from(a.node), Buffer.from(b.node)))
}

test('text and bytes read back as the same stamp', () => {
  fc.assert(
    fc.property(stamp, (s) => {
      expect(decode(encode(s))).toEqual(s)
      expect(fromBytes(toBytes(s), s.node)).toEqual(s)
      expect(encode(s)).toBe(`${s.ms.toString(16).padStart(12, '0')}${s.count.toString(16).padStart(4, '0')}-${s.node}`)
      expect(encode(s).slice(0, 16)).toBe(Buffer.from(toBytes(s)).toString('hex'))
    }),
    { numRuns: 2000 },
  )
})

test('text, bytes and compare agree on the order of a million random pairs, near and far', () => {
  let seed = 42
  const random = (): number => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
  const below = (end: number): number => Math.floor(random() * end)
  const nodes = ['a', 'b', 'ab', 'B', '_', '.', ':', '9', 'dublin', 'dublin.1']
  const make = (): Stamp => ({
    ms: random() < 0.5 ? 2 ** 40 + below(2) : below(2 ** 48),
    count: random() < 0.5 ? below(3) : below(65_536),
    node: nodes[below(nodes.length)]!,
  })
  let ties = 0
  for (let pair = 0; pair < 1_000_000; pair++) {
    const [a, b] = [make(), make()]
    const order = slowCompare(a, b)
    const [textA, textB] = [encode(a), encode(b)]
    const byText = textA < textB ? -1 : textA > textB ? 1 : 0
    const byBytes = Math.sign(Buffer.compare(toBytes(a), toBytes(b))) || Math.sign(Buffer.compare(Buffer.from(a.node), Buffer.from(b.node)))
    if (compare(a, b) !== order || byText !== order || byBytes !== order) throw new Error(`${textA} against ${textB}: ${order}`)
    if (order === 0) ties++
  }
  expect(ties).toBeGreaterThan(100)
})

describe('compare', () => {
  test('is a total order that equals agrees with', () => {
    const close = fc.record({ ms: fc.nat({ max: 2 }), count: fc.nat({ max: 2 }), node: fc.constantFrom('a', 'b') })
    fc.assert(
      fc.property(close, close, close, (a, b, c) => {
        expect(compare(a, b)).toBe(0 - compare(b, a))
        expect(compare(a, b) === 0).toBe(equals(a, b))
        if (compare(a, b) <= 0 && compare(b, c) <= 0) expect(compare(a, c)).toBeLessThanOrEqual(0)
      }),
    )
  })

  test('leaves the greatest to max, also as a fold over a long list', () => {
    fc.assert(fc.property(fc.array(stamp, { minLength: 1 }), (list) => void expect(list.reduce(max)).toEqual([...list].sort(compare).at(-1))))
    expect(Array.from({ length: 300_000 }, (_, ms) => ({ ms, count: 0, node: 'a' })).reduce(max).ms).toBe(299_999)
  })
})

test('floor and ceil enclose every stamp of their millisecond and no other, as stamps and as text', () => {
  fc.assert(
    fc.property(stamp, stamp, (s, other) => {
      expect([compare(floor(s.ms), s), compare(s, ceil(s.ms))]).toEqual([-1, -1])
      expect(encode(floor(s.ms)) < encode(s) && encode(s) < encode(ceil(s.ms))).toBe(true)
      const inside = compare(floor(s.ms), other) < 0 && compare(other, ceil(s.ms)) < 0
      expect(inside).toBe(other.ms === s.ms)
      expect([decode(encode(floor(s.ms))), decode(encode(ceil(s.ms)))]).toEqual([floor(s.ms), ceil(s.ms)])
    }),
  )
})

test('toDate is exact to the millisecond', () => {
  expect(toDate(decode('018bcfe568000000-node')).toISOString()).toBe('2023-11-14T22:13:20.000Z')
})

test('toBytes writes into a given array and leaves the rest of it alone', () => {
  const into = new Uint8Array(10).fill(9)
  expect(toBytes({ ms: 2 ** 48 - 1, count: 258, node: 'a' }, into)).toBe(into)
  expect([...into]).toEqual([255, 255, 255, 255, 255, 255, 1, 2, 9, 9])
})

test('encoding many nodes and milliseconds in turn never mixes what is held from the last one', () => {
  const list: Stamp[] = Array.from({ length: 1000 }, (_, i) => ({ ms: (i * 7) % 3, count: (i * 131) % 600, node: `n${i % 3}` }))
  for (const s of list) expect(decode(encode(s))).toEqual(s)
})
