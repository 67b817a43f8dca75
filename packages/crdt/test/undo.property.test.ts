import * as fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createDoc, s, type DraftOf } from '../src/index.ts'
import { createHistory, fork } from '../src/history.ts'
import { createPosition, indexOfPosition } from '../src/text.ts'
import { createUndo } from '../src/undo.ts'

const schema = s.doc({ title: s.register(''), tags: s.set(), votes: s.counter(), m: s.map(s.register<number>()), note: s.text(), todos: s.movableList(s.register('')), files: s.tree(s.register('')) })
type Draft = DraftOf<typeof schema>

/** No text and no element is made twice, so that no change looks like none: moving one of two equal elements would. */
let typed = 0

const plain: fc.Arbitrary<(d: Draft) => void> = fc.oneof(
  fc.constantFrom('a', 'b').map((value) => (d: Draft) => d.title.set(value)),
  fc.constantFrom('x', 'y').map((value) => (d: Draft) => d.tags.add(value)),
  fc.constantFrom('x', 'y').map((value) => (d: Draft) => void d.tags.delete(value)),
  fc.integer({ min: -5, max: 5 }).map((amount) => (d: Draft) => d.votes.add(amount)),
  fc.tuple(fc.constantFrom('k', 'l'), fc.nat(9)).map(([key, value]) => (d: Draft) => d.m.set(key, value)),
  fc.constantFrom('k', 'l').map((key) => (d: Draft) => void d.m.delete(key)),
  fc.nat().map((at) => (d: Draft) => d.note.insert(at % (d.note.length + 1), `<${typed++}>`)),
  fc.tuple(fc.nat(), fc.nat(3)).map(([at, length]) => (d: Draft) => { const from = at % (d.note.length + 1); d.note.delete(from, Math.min(length, d.note.length - from)) }),
)
const edit: fc.Arbitrary<(d: Draft) => void> = fc.oneof(
  { weight: 2, arbitrary: plain },
  fc.nat().map((at) => (d: Draft) => void d.todos.insert(at % (d.todos.length + 1), String(typed++))),
  fc.tuple(fc.nat(), fc.nat()).map(([from, to]) => (d: Draft) => { const { length } = d.todos; if (length > 0 && from % length !== to % length) d.todos.move(from % length, to % length) }),
  fc.nat().map((at) => (d: Draft) => { if (d.todos.length > 0) d.todos.delete(at % d.todos.length) }),
  fc.nat().map((at) => (d: Draft) => void d.files.insert(d.files.children()[at % 3] ?? null, 'f')),
)

const same = isDeepStrictEqual

describe('undo', () => {
  it('brings back what was before, change by change, and redo what was after', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.tuple(edit), fc.array(plain, { minLength: 2, maxLength: 3 })), { maxLength: 10 }), (changes) => {
      const doc = createDoc(schema, { actor: 'a' })
      const other = createDoc(schema, { actor: 'b' })
      const undo = createUndo(doc)
      const values: unknown[] = [doc.value]
      for (const edits of changes) if (doc.edit((d) => { for (const one of edits) one(d) }) && !same(doc.value, values.at(-1))) values.push(doc.value)
      for (let round = 0; round < 2; round++) {
        for (let index = values.length - 2; index >= 0; index--) { undo.undo(); expect(doc.value).toEqual(values[index]) }
        expect(undo.canUndo).toBe(false)
        for (let index = 1; index < values.length; index++) { undo.redo(); expect(doc.value).toEqual(values[index]) }
        expect(undo.canRedo).toBe(false)
      }
      other.apply(doc.save())
      expect(other.value).toEqual(doc.value)
    }), { numRuns: 150 })
  })

  it('leaves alone what others have written since', () => {
    const [a, b] = [createDoc(schema, { actor: 'a' }), createDoc(schema, { actor: 'b' })]
    const undo = createUndo(a)
    b.apply(a.change((d) => { d.title.set('mine'); d.votes.add(2); d.note.insert(0, 'abc') })!)
    a.apply(b.change((d) => { d.title.set('theirs'); d.votes.add(5); d.note.insert(1, '--') })!)
    undo.undo()
    expect(a.value).toMatchObject({ title: 'theirs', votes: 5, note: '--' })
    undo.redo()
    expect(a.value).toMatchObject({ title: 'theirs', votes: 7, note: 'a--bc' })
  })

  it('follows only the origins it is told to, and forgets beyond its limit', () => {
    const doc = createDoc(schema, { actor: 'a' })
    const undo = createUndo(doc, { limit: 2, origins: ['me'] })
    for (const amount of [1, 10, 100]) doc.edit((d) => d.votes.add(amount), { origin: 'me' })
    doc.edit((d) => d.votes.add(1000))
    while (undo.canUndo) undo.undo()
    expect(doc.value.votes).toBe(1001)
    undo[Symbol.dispose]()
  })
})

describe('history', () => {
  it('shows every version it has kept, says how they differ, and refuses others', () => {
    fc.assert(fc.property(fc.array(edit, { maxLength: 12 }), (edits) => {
      const doc = createDoc(schema, { actor: 'a', id: 'one' })
      const peer = createDoc(schema, { actor: 'b', id: 'one' })
      const history = createHistory(doc)
      const seen = [{ version: doc.version(), value: doc.value }]
      for (const [index, one] of edits.entries()) {
        const author = index % 3 === 2 ? peer : doc
        if (author === peer) peer.apply(doc.save())
        const bytes = author.change(one)
        if (bytes === undefined) continue
        if (author === peer) doc.apply(bytes)
        seen.push({ version: doc.version(), value: doc.value })
      }
      for (const { version, value } of seen) expect(history.at(version)).toEqual(value)
      expect(history.versions).toEqual(seen.map(({ version }) => version))
      const changed = history.diff(seen[0]!.version, seen.at(-1)!.version)
      for (const { path, after } of changed) expect(path.reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], doc.value)).toEqual(after)
      expect(() => history.at({ nobody: 1 })).toThrow(expect.objectContaining({ code: 'gap' }))
    }), { numRuns: 60 })
  })

  it('folds the oldest changes away at its bound', () => {
    const doc = createDoc(schema, { actor: 'a' })
    const history = createHistory(doc, { limitBytes: 500 })
    const first = doc.version()
    for (let index = 0; index < 50; index++) doc.edit((d) => d.votes.add(1))
    expect(history.versions.length).toBeLessThan(20)
    expect((history.at(history.versions[0]!) as { votes: number }).votes).toBe(51 - history.versions.length)
    expect(() => history.at(first)).toThrow(expect.objectContaining({ code: 'gap' }))
  })

  it('branches and comes back', () => {
    const doc = createDoc(schema, { actor: 'a' })
    doc.edit((d) => d.note.insert(0, 'base'))
    const branch = fork(doc, { actor: 'a/draft' })
    branch.edit((d) => d.note.insert(4, ' and more'))
    doc.edit((d) => d.votes.add(1))
    expect(doc.value.note).toBe('base')
    doc.apply(branch.save())
    expect(doc.value).toMatchObject({ note: 'base and more', votes: 1 })
    expect(() => fork(doc, { actor: 'a' })).toThrow(/of its own/)
  })
})

describe('a position', () => {
  it('stays between the same characters while others type and delete', () => {
    const [a, b] = [createDoc(schema, { actor: 'a' }), createDoc(schema, { actor: 'b' })]
    b.apply(a.change((d) => d.note.insert(0, 'hello world'))!)
    const after = createPosition(a, ['note'], 5)
    const before = createPosition(a, ['note'], 5, 'before')
    const end = createPosition(a, ['note'], 11, 'before')
    a.apply(b.change((d) => { d.note.insert(5, '!!'); d.note.insert(0, '> ') })!)
    expect([after, before, end].map((one) => indexOfPosition(a, ['note'], one))).toEqual([7, 9, 15])
    a.edit((d) => d.note.delete(0, 8))
    expect(indexOfPosition(a, ['note'], after)).toBe(0)
    const stranger = createDoc(schema, { actor: 'c' })
    expect(indexOfPosition(stranger, ['note'], after)).toBeUndefined()
  })
})
