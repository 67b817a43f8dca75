import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDoc, s } from '../src/index.ts'
import { Siblings } from './model/siblings.ts'
import { byId, createMessage, flatten, insert, layOut, move, nodesOf, remove, type TreeMessage } from './model/tree.ts'
import { play, program, type Model } from './model/world.ts'

const schema = s.doc({ it: s.tree(s.register('')) })

/** A model with what its writers said of siblings, and what was met on the way. Clocks run ahead of each other, so stamps do not follow the order in which things were done. */
function modelOf(siblings: Siblings, met: { cycles: number; home: number; orphans: number }): Model<typeof schema, TreeMessage> {
  return {
    schema,
    begin: (actor, heard) => createMessage(actor, heard, actor === 'b' ? 2 : 0),
    stamp: ({ stamp }) => stamp,
    edit(draft, message, heard, { kind, at, to, size }) {
      const laid = layOut(heard)
      const nodes = [...laid.keys()].sort()
      const node = nodes[at % nodes.length]
      if (kind === 'delete') {
        if (node === undefined) return
        draft.it.delete(node)
        remove(message, heard, node)
        return
      }
      const parent = to % 4 === 0 ? null : nodes[to % nodes.length] ?? null
      const isUnder = (top: string, one: string | null): boolean => one === top || (one !== null && isUnder(top, laid.get(one)!.parent))
      if (kind === 'move' && (node === undefined || isUnder(node, parent))) {
        if (node !== undefined) expect(() => draft.it.move(node, parent)).toThrow(/under itself/)
        return
      }
      const others = draft.it.children(parent).filter((child) => kind === 'insert' || child !== node)
      const index = size % (others.length + 1)
      let edge
      if (kind === 'insert') edge = insert(message, draft.it.insert(parent, `${message.actor}${at}`, index), parent, `${message.actor}${at}`)
      else {
        draft.it.move(node!, parent, index)
        edge = move(message, node!, parent)
      }
      siblings.put(edge, others.map((other) => laid.get(other)!.edge), index)
    },
    standing: (heard) => new Set(heard),
    check(value, heard) {
      const laid = layOut(heard)
      const elsewhere = [...laid.values()].filter(({ edge, parent }) => parent !== edge.parent)
      met.cycles += elsewhere.filter(({ edge }) => laid.has(edge.parent!)).length
      met.home += elsewhere.filter(({ parent }) => parent !== null).length
      met.orphans += elsewhere.filter(({ edge, parent }) => !laid.has(edge.parent!) && parent === null).length
      const shown = flatten(value.it)
      expect(shown.toSorted(byId)).toEqual(nodesOf(heard))
      expect(siblings.contradictions(shown, laid)).toEqual([])
    },
  }
}

/** Nodes that everybody has: two roots, two nodes under the first, one under the second. */
const beginning = [0, 0, 2, 3, 2].map((to, at) => ({ kind: 'insert' as const, at, to, size: 0 }))

describe('trees against the slow model', () => {
  it('show after every step each living node once, where the edges laid in the order of stamps put it', () => {
    let [races, compared] = [0, 0]
    const met = { cycles: 0, home: 0, orphans: 0 }
    fc.assert(fc.property(program({ insert: 2, delete: 1, move: 6 }), (steps) => {
      const siblings = new Siblings()
      const edges = play(modelOf(siblings, met), steps, beginning).sent.flatMap((message) => message.edges)
      races += edges.filter((one, index) => edges.slice(0, index).some((earlier) => earlier.node === one.node && earlier.stamp >= one.stamp && earlier.actor !== one.actor)).length
      compared += siblings.compared
    }), { numRuns: 400 })
    // Last moves that would close a cycle; nodes that stayed at home, and at the root, as what they hung on was gone; moves that lost to earlier ones; siblings whose order was known.
    expect(met.cycles).toBeGreaterThan(20)
    expect(met.home).toBeGreaterThan(50)
    expect(met.orphans).toBeGreaterThan(50)
    expect(races).toBeGreaterThan(50)
    expect(compared).toBeGreaterThan(5000)
  })

  it('lay edges of one change, which have one stamp, in the order of their making', () => {
    const [a, b] = [createDoc(schema, { actor: 'a' }), createDoc(schema, { actor: 'b' })]
    let [p, x, y] = ['', '', '']
    a.apply(b.change((d) => { [p, x, y] = ['p', 'x', 'y'].map((value) => d.it.insert(null, value)) as [string, string, string] })!)
    const first = a.change((d) => d.it.move(p, x))!
    a.apply(b.change((d) => { d.it.move(y, p); d.it.move(x, y) })!)
    b.apply(first)
    // Either of the two moves is fine after the first, but not both: the second stays at home, although its node comes first by name.
    expect(x < y).toBe(true)
    expect(flatten(a.value.it).map(({ value }) => value)).toEqual(['x', 'p', 'y'])
    expect(a.digest()).toBe(b.digest())
  })
})
