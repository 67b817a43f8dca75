/** What is known of one actor, beside a plain set of numbers. */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { add, areKnown, isKnown, unknown, type Bounds } from '../src/core/bounds.ts'
import { checksum } from '../src/core/codec/checksum.ts'
import { contextOf, holesIn, spansIn, subtract, union } from '../src/core/context.ts'

const span = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.nat(8)).map(([from, more]): [number, number] => [from, from + more])
const spans = fc.array(span, { maxLength: 12 })
const numbers = (list: readonly (readonly [number, number])[]): Set<number> => new Set(list.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index)))

it('bounds answer as a set of numbers does, and lie sorted with holes between', () => {
  fc.assert(fc.property(spans, span, (list, [from, to]) => {
    const bounds: Bounds = []
    for (const [low, high] of list) add(bounds, low, high)
    const model = numbers(list)
    for (let seq = 0; seq < 45; seq++) expect(isKnown(bounds, seq)).toBe(model.has(seq))
    const missing = [...numbers([[from, to]])].filter((seq) => !model.has(seq)).length
    expect(unknown(bounds, from, to)).toBe(missing)
    expect(areKnown(bounds, from, to)).toBe(missing === 0)
    expect(bounds.every((bound, index) => index === 0 || bound > bounds[index - 1]!)).toBe(true)
    expect(bounds.length % 2).toBe(0)
  }))
})

it('contexts unite and subtract as sets do', () => {
  const local = fc.array(fc.tuple(fc.nat(2), span), { maxLength: 10 }).map((list) => list.map(([actor, [from, to]]) => ({ actor, from, to })))
  const dots = (list: readonly { actor: number | string; from: number; to: number }[]): Set<string> =>
    new Set(list.flatMap(({ actor, from, to }) => Array.from({ length: to - from + 1 }, (_, index) => `${actor}:${from + index}`)))
  fc.assert(fc.property(local, local, (a, b) => {
    expect(dots(spansIn(union(contextOf(a), contextOf(b))))).toEqual(dots([...a, ...b]))
    const others = dots(b)
    expect(dots(spansIn(subtract(contextOf(a), contextOf(b))))).toEqual(new Set([...dots(a)].filter((dot) => !others.has(dot))))
    const known = dots(a)
    const highest = (actor: number): number => Math.max(0, ...a.filter((one) => one.actor === actor).map(({ to }) => to))
    const holes = [0, 1, 2].flatMap((actor) => Array.from({ length: highest(actor) }, (_, index) => `${actor}:${index + 1}`)).filter((dot) => !known.has(dot))
    expect([...dots(holesIn(contextOf(a), ['0', '1', '2']))]).toEqual(holes)
  }))
})

it('the checksum finds all damage within one word of four bytes, such as any flipped bit', () => {
  // Of one piece, and of several.
  const frame = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 70 }), fc.uint8Array({ minLength: 250, maxLength: 800, size: 'max' }))
  fc.assert(fc.property(frame, fc.nat(), fc.uint8Array({ minLength: 4, maxLength: 4 }), (bytes, at, damage) => {
    const bad = bytes.slice()
    const start = Math.floor((at % bytes.length) / 4) * 4
    for (let index = start; index < Math.min(start + 4, bytes.length); index++) bad[index]! ^= damage[index - start]!
    const isSame = bad.every((byte, index) => byte === bytes[index])
    // The last bytes, which fill no word, are one step each.
    if (start + 4 <= bytes.length) expect(checksum(bad, 0, bad.length) === checksum(bytes, 0, bytes.length)).toBe(isSame)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      if (checksum(flipped, 0, flipped.length) === checksum(bytes, 0, bytes.length)) throw new Error(`bit ${bit} of ${bytes.length} bytes is not seen`)
    }
  }), { endOnFailure: true })
})
