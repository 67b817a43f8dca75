import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { s } from '../src/index.ts'
import { insertBehind, orderOf, shown, standing, type Message } from './model/sequence.ts'
import { play, program, type Model } from './model/world.ts'

const words = ['x', 'yz', '😀', 'é\n1']

/** Code points to UTF-16 units. */
const unitsOf = (contents: readonly unknown[]): number => contents.join('').length

const contentsOf = (heard: Iterable<Message>): unknown[] => shown(standing(heard)).map(({ content }) => content)

/** The two faces of a sequence differ only in what an index counts. */
const texts = {
  schema: s.doc({ it: s.text() }),
  insert: (it: { insert(index: number, text: string): void }, before: readonly unknown[], contents: readonly string[]) => it.insert(unitsOf(before), contents.join('')),
  delete: (it: { delete(index: number, length: number): void }, before: readonly unknown[], gone: readonly unknown[]) => it.delete(unitsOf(before), unitsOf(gone)),
  valueOf: (contents: readonly unknown[]) => contents.join('') as unknown,
}
const lists = {
  schema: s.doc({ it: s.list<string>() }),
  insert: (it: { insert(index: number, ...items: string[]): void }, before: readonly unknown[], contents: readonly string[]) => it.insert(before.length, ...contents),
  delete: (it: { delete(index: number, count: number): void }, before: readonly unknown[], gone: readonly unknown[]) => it.delete(before.length, gone.length),
  valueOf: (contents: readonly unknown[]) => contents as unknown,
}

const modelOf = (face: typeof texts | typeof lists): Model<typeof face.schema, Message> => ({
  schema: face.schema,
  begin: (actor) => ({ actor, made: [], gone: [] }),
  edit(draft, message, heard, { kind, at, size }) {
    const known = standing(heard)
    const items = shown(known)
    const contents = contentsOf(heard)
    if (kind === 'insert') {
      const index = at % (items.length + 1)
      const run = [...words[size]!]
      face.insert(draft.it as never, contents.slice(0, index), run)
      insertBehind(message, known, items[index - 1], run)
    } else if (items.length > 0) {
      const index = at % items.length
      face.delete(draft.it as never, contents.slice(0, index), contents.slice(index, index + size))
      message.gone.push(...items.slice(index, index + size))
    }
  },
  standing,
  check: (value, heard) => expect(value.it).toEqual(face.valueOf(contentsOf(heard))),
})

describe.each([['texts', texts], ['lists', lists]] as const)('%s against the slow model', (_name, face) => {
  it('show after every step the Fugue order of what they heard of', () => {
    let [beside, waits, onTombstones] = [0, 0, 0]
    fc.assert(fc.property(program({ insert: 3, delete: 1, move: 0 }), (steps) => {
      const { sent, waits: here } = play(modelOf(face), steps)
      const items = orderOf(sent)
      waits += here
      beside += items.filter((item) => items.some((other) => other !== item && other.parent === item.parent && other.side === item.side)).length
      onTombstones += items.filter(({ actor, parent }) => sent.some((message) => message.actor !== actor && message.gone.some((item) => item === parent))).length
    }), { numRuns: 300 })
    // Items of several writers at one spot; steps during which something waited for what it hangs on; items on what another writer deleted.
    expect(beside).toBeGreaterThan(200)
    expect(waits).toBeGreaterThan(100)
    expect(onTombstones).toBeGreaterThan(50)
  })
})
