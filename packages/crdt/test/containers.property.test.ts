import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { between } from '../src/core/between.ts'
import { createDoc, s, type Doc, type TreeNode } from '../src/index.ts'
import { standing, type Event, type Op } from './model/history.ts'

const who = fc.nat({ max: 2 })
const actors = ['a', 'b', 'c']

/** Everybody hears everything, twice over, so that answers to answers arrive too. */
function heal(docs: readonly Doc<never>[]): void {
  for (const a of [...docs, ...docs]) {
    for (const b of docs) {
      const bytes = b.changesSince(a.version())
      if (bytes !== undefined) a.apply(bytes)
    }
  }
}

function expectEqual(docs: readonly { value: unknown; save(): Uint8Array }[]): void {
  for (const doc of docs) {
    expect(doc.value).toEqual(docs[0]!.value)
    expect(doc.save()).toEqual(docs[0]!.save())
  }
}

describe('a remove-wins set', () => {
  const schema = s.doc({ rights: s.removeWinsSet<string>(), facts: s.growOnlySet<string>() })

  it('holds an element only if no standing operation removes it', () => {
    const op = fc.record({ type: fc.constantFrom('include' as const, 'exclude' as const), element: fc.constantFrom('x', 'y') })
    const step = fc.oneof(fc.record({ who, op }), fc.record({ who, which: fc.nat() }))
    fc.assert(fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const docs = actors.map((actor) => createDoc(schema, { actor }))
      const known = docs.map(() => new Set<Event>())
      const sent: { bytes: Uint8Array; event: Event }[] = []
      const model = (events: ReadonlySet<Event>): string[] => ['x', 'y'].filter((element) => {
        const here = [...events].filter(({ op }) => (op as { element: string }).element === element)
        const up = here.filter((event) => !here.some((other) => other.replaced.includes(event)))
        return up.length > 0 && up.every((event) => event.op.type === 'include')
      })
      for (const [index, one] of steps.entries()) {
        const doc = docs[one.who]!
        if ('op' in one) {
          const { op } = one
          if (op.type === 'exclude' && !doc.value.rights.includes(op.element)) continue
          const mine = known[one.who]!
          const here = [...mine].filter((event) => (event.op as { element: string }).element === op.element)
          const replaced = here.filter((event) => !here.some((other) => other.replaced.includes(event)))
          const event: Event = { actor: actors[one.who]!, index, time: index, op: op as Op, seen: new Set(mine), replaced }
          const bytes = doc.change((d) => { if (op.type === 'include') d.rights.add(op.element); else d.rights.delete(op.element) })!
          mine.add(event)
          sent.push({ bytes, event })
        } else if (sent.length > 0) {
          const { bytes, event } = sent[one.which % sent.length]!
          doc.apply(bytes)
          known[one.who]!.add(event)
        }
        expect(doc.value.rights).toEqual(model(known[one.who]!))
      }
      heal(docs as never)
      expectEqual(docs)
    }), { numRuns: 200 })
    expect(standing(new Set(), { type: 'include', element: 'x' })).toEqual([])
  })

  it('lets a removal beat a concurrent addition, where a grow-only set has no removal', () => {
    const [a, b] = [createDoc(schema, { actor: 'a' }), createDoc(schema, { actor: 'b' })]
    b.apply(a.change((d) => { d.rights.add('x'); d.facts.add('f') })!)
    const removal = a.change((d) => { d.rights.delete('x') })!
    const addition = b.change((d) => d.rights.add('x'))!
    a.apply(addition)
    b.apply(removal)
    expect([a.value, b.value]).toEqual([{ rights: [], facts: ['f'] }, { rights: [], facts: ['f'] }])
    expect(() => a.change((d) => (d.facts as never as { delete(e: string): void }).delete('f'))).toThrow(/cannot remove/)
  })
})

describe('a bounded counter', () => {
  const schema = s.doc({ seats: s.boundedCounter() })

  it('never falls below its bound, however rights are spent, moved and partitioned', () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('add' as const), who, amount: fc.integer({ min: -6, max: 6 }) }),
      fc.record({ type: fc.constant('transfer' as const), who, to: who, amount: fc.integer({ min: 1, max: 4 }) }),
      fc.record({ type: fc.constant('deliver' as const), who, which: fc.nat() }),
    )
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const docs = actors.map((actor) => createDoc(schema, { actor }))
      const sent: Uint8Array[] = []
      let truth = 0
      for (const one of steps) {
        const doc = docs[one.who]!
        if (one.type === 'deliver') {
          if (sent.length > 0) doc.apply(sent[one.which % sent.length]!)
          continue
        }
        try {
          const bytes = doc.change((d) => (one.type === 'add' ? d.seats.add(one.amount) : d.seats.transfer(actors[one.to]!, one.amount)))
          if (bytes !== undefined) sent.push(bytes)
          if (one.type === 'add') truth += one.amount
        } catch (error) {
          expect(error).toMatchObject({ code: 'no-rights' })
        }
        expect(truth).toBeGreaterThanOrEqual(0)
      }
      heal(docs as never)
      expectEqual(docs)
      expect(docs[0]!.value.seats).toBe(truth)
      const rights = docs.map((doc) => { let here = 0; doc.edit((d) => { here = d.seats.rights }); return here })
      expect(rights.reduce((sum, one) => sum + one, 0)).toBe(truth)
    }), { numRuns: 200 })
  })
})

describe('a movable list', () => {
  const schema = s.doc({ todos: s.movableList(s.register('')), cards: s.movableList(s.record({ title: s.text(), votes: s.counter() })) })
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ type: fc.constant('insert' as const), who, at: fc.nat() }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('move' as const), who, at: fc.nat(), to: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('delete' as const), who, at: fc.nat() }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('deliver' as const), who, which: fc.nat() }) },
  )

  it('acts like an array here, and holds every element once everywhere', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const docs = actors.map((actor) => createDoc(schema, { actor }))
      const sent: Uint8Array[] = []
      let made = 0
      for (const one of steps) {
        const doc = docs[one.who]!
        const expected = [...doc.value.todos]
        const { length } = expected
        if (one.type === 'deliver') {
          if (sent.length > 0) doc.apply(sent[one.which % sent.length]!)
          continue
        }
        if (one.type !== 'insert' && length === 0) continue
        const bytes = doc.change((d) => {
          if (one.type === 'insert') {
            expected.splice(one.at % (length + 1), 0, `e${made}`)
            d.todos.insert(one.at % (length + 1), `e${made++}`)
          } else if (one.type === 'move') {
            const [moved] = expected.splice(one.at % length, 1)
            expected.splice(one.to % length, 0, moved!)
            d.todos.move(one.at % length, one.to % length)
          } else {
            expected.splice(one.at % length, 1)
            d.todos.delete(one.at % length)
          }
        })
        expect(doc.value.todos).toEqual(expected)
        sent.push(bytes!)
      }
      heal(docs as never)
      expectEqual(docs)
      expect(new Set(docs[0]!.value.todos).size).toBe(docs[0]!.value.todos.length)
    }), { numRuns: 200 })
  })

  it('moves once what two move at the same time, and keeps edits inside a moved element', () => {
    const [a, b] = [createDoc(schema, { actor: 'a' }), createDoc(schema, { actor: 'b' })]
    b.apply(a.change((d) => { for (const [index, title] of ['x', 'y', 'z'].entries()) d.cards.insert(index).title.insert(0, title) })!)
    const one = a.change((d) => d.cards.move(0, 2))!
    const two = b.change((d) => { d.cards.get(0).votes.add(2); d.cards.move(0, 1) })!
    a.apply(two)
    b.apply(one)
    expect(a.value.cards.map(({ title }) => title)).toEqual(b.value.cards.map(({ title }) => title))
    expect(a.value.cards.filter(({ title }) => title === 'x')).toEqual([{ title: 'x', votes: 2 }])
  })
})

describe('a tree', () => {
  const schema = s.doc({ files: s.tree(s.register('')) })
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ type: fc.constant('insert' as const), who, at: fc.nat() }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('move' as const), who, at: fc.nat(), to: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('delete' as const), who, at: fc.nat() }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('deliver' as const), who, which: fc.nat() }) },
  )
  const flatten = (nodes: readonly TreeNode<string>[]): string[] => nodes.flatMap((node) => [node.id, ...flatten(node.children)])

  it('never doubles or loses a node or closes a cycle, whatever is moved at once', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const docs = actors.map((actor) => createDoc(schema, { actor }))
      const sent: Uint8Array[] = []
      for (const one of steps) {
        const doc = docs[one.who]!
        const ids = flatten(doc.value.files)
        const pick = (at: number): string | null => (ids.length === 0 ? null : ids[at % ids.length]!)
        if (one.type === 'deliver') {
          if (sent.length > 0) doc.apply(sent[one.which % sent.length]!)
        } else {
          try {
            const bytes = doc.change((d) => {
              if (one.type === 'insert') d.files.insert(one.at % 3 === 0 ? null : pick(one.at), 'v')
              else if (ids.length === 0) return
              else if (one.type === 'move') d.files.move(pick(one.at)!, one.to % 4 === 0 ? null : pick(one.to))
              else d.files.delete(pick(one.at)!)
            })
            if (bytes !== undefined) sent.push(bytes)
          } catch (error) {
            expect(String(error)).toMatch(/under itself/)
          }
        }
        const now = flatten(doc.value.files)
        expect(new Set(now).size).toBe(now.length)
      }
      heal(docs as never)
      expectEqual(docs)
    }), { numRuns: 200 })
  })

  it('breaks a cycle of two concurrent moves the same way everywhere, and keeps siblings in their order', () => {
    const [a, b] = [createDoc(schema, { actor: 'a' }), createDoc(schema, { actor: 'b' })]
    let [x, y] = ['', '']
    b.apply(a.change((d) => { x = d.files.insert(null, 'x'); y = d.files.insert(null, 'y') })!)
    const one = a.change((d) => d.files.move(x, y))!
    const two = b.change((d) => d.files.move(y, x))!
    a.apply(two)
    b.apply(one)
    expect(a.value).toEqual(b.value)
    expect(flatten(a.value.files).sort()).toEqual([x, y].sort())
    a.change((d) => { for (const name of ['1', '2', '3']) d.files.insert(x, name, 0) })
    const found = (nodes: readonly TreeNode<string>[]): TreeNode<string> | undefined => nodes.find((node) => node.id === x) ?? nodes.map(({ children }) => found(children)).find(Boolean)
    expect(found(a.value.files)!.children.map(({ value }) => value).filter((value) => value !== 'y')).toEqual(['3', '2', '1'])
  })
})

describe('positions between positions', () => {
  it('always fall strictly between', () => {
    fc.assert(fc.property(fc.array(fc.nat(), { maxLength: 60 }), (picks) => {
      const positions: string[] = []
      for (const pick of picks) {
        const index = pick % (positions.length + 1)
        const position = between(positions[index - 1], positions[index], String(positions.length))
        expect((positions[index - 1] ?? '') < position && (positions[index] === undefined || position < positions[index]!)).toBe(true)
        positions.splice(index, 0, position)
      }
    }))
  })
})
