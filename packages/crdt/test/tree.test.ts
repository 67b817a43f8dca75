import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { between, checkedPosition } from '../src/core/between.ts'
import type { BranchNode } from '../src/core/branch.ts'
import { layoutOf, type Layout, type TreeParts } from '../src/containers/tree-layout.ts'
import { put } from '../src/core/entries.ts'
import { MAX_TREE_DEPTH } from '../src/ground/defaults.ts'
import { insideOf } from '../src/inside.ts'
import { createDoc, loadDoc, s, type Doc, type TreeNode } from '../src/index.ts'

const schema = s.doc({ files: s.tree(s.register('')) })
type Tree = Doc<typeof schema>

const flatten = (nodes: readonly TreeNode<string>[]): TreeNode<string>[] => nodes.flatMap((node) => [node, ...flatten(node.children)])
const names = (nodes: readonly TreeNode<string>[]): string[] => nodes.map(({ value }) => value)
const depthOf = (nodes: readonly TreeNode<string>[]): number => nodes.reduce((most, { children }) => Math.max(most, 1 + depthOf(children)), 0)

const partsOf = (doc: Tree): TreeParts => Object.fromEntries((((insideOf(doc).replica.root as BranchNode).children.get('files') as BranchNode).children)) as unknown as TreeParts

const layoutIn = (doc: Tree): Layout => layoutOf(partsOf(doc), insideOf(doc).replica.actors.ids)

/** A chain under a node; the ids, from the top. */
function chain(doc: Tree, levels: number, top: string | null = null): string[] {
  const ids: string[] = []
  doc.edit((d) => { for (let level = 0; level < levels; level++) ids.push(d.files.insert(ids.at(-1) ?? top, `${level}`)) })
  return ids
}

describe('a tree that follows its edits in place', () => {
  const step = fc.record({ who: fc.nat({ max: 1 }), what: fc.constantFrom('insert', 'insert', 'move', 'move', 'move', 'move', 'delete', 'hear', 'fail'), at: fc.nat(), to: fc.nat(), index: fc.nat() })

  it('is the tree that a reader builds anew, after every step', () => {
    let decided = 0
    fc.assert(fc.property(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 4, maxLength: 16 }), (changes) => {
      const docs = ['a', 'b'].map((actor) => createDoc(schema, { actor })) as [Tree, Tree]
      chain(docs[0], 4)
      docs[1].apply(docs[0].save())
      for (const steps of changes) {
        const doc = docs[steps[0]!.who as 0 | 1]
        const fails = steps.some(({ what }) => what === 'fail')
        const before = doc.value
        const change = (): boolean => doc.edit(({ files }) => {
          for (const { what, at, to, index } of steps) {
            const ids = flatten(files.value).map(({ id }) => id)
            const parent = to % 3 === 0 || ids.length === 0 ? null : ids[to % ids.length]!
            const id = ids[at % (ids.length || 1)]
            if (what === 'insert') files.insert(parent, `v${at}`, index % (files.children(parent).length + 1))
            else if (what === 'move' && id !== undefined) {
              const others = files.children(parent).filter((child) => child !== id)
              const { isPlain } = layoutIn(doc)
              try {
                files.move(id, parent, index % (others.length + 1))
              } catch (error) {
                expect(String(error)).toMatch(/under itself/)
                continue
              }
              // Where something had to be decided, it is decided anew, and others may come and go.
              if (isPlain) expect(files.children(parent)).toEqual(others.toSpliced(index % (others.length + 1), 0, id))
            } else if (what === 'delete' && id !== undefined) files.delete(id)
          }
          if (fails) throw new Error('given up')
        })
        if (fails) {
          expect(change).toThrow('given up')
          expect(doc.value).toEqual(before)
        } else change()
        if (steps.some(({ what }) => what === 'hear')) for (const other of docs) doc.apply(other.save())
        for (const one of docs) {
          expect(one.value).toEqual(loadDoc(schema, one.save(), { actor: 'reader' }).value)
          if (!layoutIn(one).isPlain) decided++
        }
      }
    }), { numRuns: 300 })
    expect(decided).toBeGreaterThan(20)
  })
})

it('knows no node that was deleted with what it was under', () => {
  const doc = createDoc(schema, { actor: 'a' })
  const [top, below] = chain(doc, 2) as [string, string]
  doc.edit(({ files }) => {
    files.delete(top)
    for (const id of [top, below]) expect(() => files.get(id)).toThrow(/is not in the tree/)
    expect(() => files.insert(below, 'x')).toThrow(/is not in the tree/)
    expect(files.children()).toEqual([])
  })
})

describe('two moves that would make a cycle together', () => {
  function quarrel(): { doc: Tree; x: string; y: string } {
    const [a, b] = [createDoc(schema, { actor: 'a' }), createDoc(schema, { actor: 'b' })] as [Tree, Tree]
    const ids = { home: '', x: '', y: '' }
    a.edit(({ files }) => {
      ids.home = files.insert(null, 'home')
      ids.x = files.insert(ids.home, 'x')
      ids.y = files.insert(ids.home, 'y')
    })
    b.apply(a.save())
    b.edit((d) => d.files.move(ids.x, ids.y))
    a.edit((d) => d.files.insert(null, 'makes the count of a higher'))
    a.edit((d) => d.files.move(ids.y, ids.x))
    a.apply(b.save())
    return { doc: a, x: ids.x, y: ids.y }
  }

  it('leave the one that was made later under the parent that it was made under', () => {
    const { value } = quarrel().doc
    expect(names(value.files)).toEqual(['home', 'makes the count of a higher'])
    expect(value.files[0]!.children.map(({ value, children }) => [value, names(children)])).toEqual([['y', ['x']]])
  })

  it('are decided anew when one of them is moved again', () => {
    const { doc, x } = quarrel()
    doc.edit((d) => d.files.move(x, null, 0))
    expect(names(doc.value.files)).toEqual(['x', 'home', 'makes the count of a higher'])
    expect(names(doc.value.files[0]!.children)).toEqual(['y'])
    expect(loadDoc(schema, doc.save(), { actor: 'reader' }).value).toEqual(doc.value)
  })
})

describe('how deep a tree goes', () => {
  it('is bounded where it is edited, and says so', () => {
    const doc = createDoc(schema, { actor: 'a' })
    const ids = chain(doc, MAX_TREE_DEPTH)
    const other = chain(doc, 2)
    const before = doc.save()
    expect(() => doc.edit((d) => d.files.insert(ids.at(-1)!, 'deeper'))).toThrow(/at most 512 levels/)
    expect(() => doc.edit((d) => d.files.move(other[0]!, ids.at(-2)!))).toThrow(/at most 512 levels/)
    expect(doc.save()).toEqual(before)
    doc.edit((d) => d.files.move(other[1]!, ids.at(-2)!))
    expect(depthOf(doc.value.files)).toBe(MAX_TREE_DEPTH)
  })

  it('is bounded where moves come together: what would hang too deep comes to the root, on all replicas, and nothing is lost', () => {
    const [a, b] = [createDoc(schema, { actor: 'a' }), createDoc(schema, { actor: 'b' })] as [Tree, Tree]
    const upper = chain(a, 400)
    const lower = chain(a, 100)
    b.apply(a.save())
    a.edit((d) => d.files.move(lower[0]!, upper.at(-1)!))
    chain(b, 300, lower.at(-1)!)
    const [mine, yours] = [a.save(), b.save()]
    a.apply(yours)
    b.apply(mine)
    expect(a.value).toEqual(b.value)
    expect(flatten(a.value.files)).toHaveLength(800)
    expect(depthOf(a.value.files)).toBe(MAX_TREE_DEPTH)
    a.edit((d) => d.files.move(lower[0]!, null))
    expect(depthOf(a.value.files)).toBe(400)
    expect(loadDoc(schema, a.save(), { actor: 'reader' }).value).toEqual(a.value)
  })

  /** Edges that no draft would write. */
  function forge(count: number, edge: (index: number) => unknown): Uint8Array {
    const doc = createDoc(schema, { actor: 'forger' })
    const { edges, alive } = partsOf(doc)
    return insideOf(doc).perform((edit) => {
      for (let index = 0; index < count; index++) {
        put(edges, `n${index}`, edge(index) as never, edit, true)
        put(alive, `n${index}`, true, edit, false)
      }
    }, undefined)!
  }

  it.each([
    ['a chain of 20 000', (index: number) => [index === 0 ? null : `n${index - 1}`, 'a0x', null]],
    ['a chain of 20 000, told from its end', (index: number) => [index === 19_999 ? null : `n${index + 1}`, 'a0x', null]],
    ['a ring of 20 000', (index: number) => [`n${(index + 1) % 20_000}`, 'a0x', `n${(index + 7) % 20_000}`]],
    ['20 000 under one that is nowhere', () => ['nobody', 'a0x', 'nobody either']],
    ['things that are no edges', (index: number) => [[null, 7, {}], 'text', null, [[1], ['a'], 5], [null, 'z', null], [null, '~~', null], { position: 'a0' }][index % 6]],
  ])('is bounded whatever somebody forges: %s', (_what, edge) => {
    const bytes = forge(20_000, edge)
    const doc = createDoc(schema, { actor: 'a' })
    expect(doc.value.files).toEqual([])
    doc.apply(bytes)
    expect(depthOf(doc.value.files)).toBeLessThanOrEqual(MAX_TREE_DEPTH)
    expect(new Set(flatten(doc.value.files).map(({ id }) => id)).size).toBe(20_000)
    doc.edit((d) => { d.files.insert(null, 'mine', 0); d.files.insert('n5', 'mine too') })
    expect(doc.value.files[0]!.value).toBe('mine')
    const again = createDoc(schema, { actor: 'b' })
    again.apply(doc.save())
    expect(again.value).toEqual(doc.value)
  })
})

describe('positions among siblings', () => {
  it('leave room between what two replicas put to one place at once', () => {
    const [a, b] = [createDoc(schema, { actor: 'a' }), createDoc(schema, { actor: 'b' })] as [Tree, Tree]
    const one = a.change((d) => d.files.insert(null, 'from a'))!
    const two = b.change((d) => d.files.insert(null, 'from b'))!
    a.apply(two)
    b.apply(one)
    const [first, second] = names(a.value.files)
    a.edit((d) => d.files.insert(null, 'between', 1))
    expect(names(a.value.files)).toEqual([first, 'between', second])
  })

  it('stay short where a list grows at an end', () => {
    const grown = (next: (last: string | undefined, index: number) => string): number => {
      let [last, most] = [undefined as string | undefined, 0]
      for (let index = 0; index < 20_000; index++) {
        last = next(last, index)
        most = Math.max(most, last.length)
      }
      return most
    }
    expect(grown((last, index) => between(last, undefined, `${index}@a`))).toBeLessThanOrEqual(10)
    expect(grown((last, index) => between(undefined, last, `${index}@a`))).toBeLessThanOrEqual(10)
  })

  it('always fall strictly between, and are such as are taken from others', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.nat(), fc.constantFrom(0, 1, -1)), { maxLength: 200 }), fc.string(), (picks, name) => {
      const positions: string[] = []
      for (const [count, pick] of picks.entries()) {
        const index = pick < 0 ? positions.length : pick % (positions.length + 1)
        const position = between(positions[index - 1], positions[index], `${count}@${name}`)
        expect([positions[index - 1] === undefined || positions[index - 1]! < position, positions[index] === undefined || position < positions[index]!, checkedPosition(position)]).toEqual([true, true, position])
        positions.splice(index, 0, position)
      }
    }))
  })

  it('are found beside forged ones too, in bounded time', () => {
    const forged = fc.oneof(fc.stringMatching(/^[A-Za-z][0-9A-Za-z]{1,40}$/), fc.constantFrom('zzzzzzzzzzzzzzzzzzzzzzzzzzz', 'A00000000000000000000000000', 'a00', 'a0', `a0${'z'.repeat(100_000)}`, `a0${'0'.repeat(100_000)}1`))
    fc.assert(fc.property(forged, forged, (one, other) => {
      const [a, b] = [one, other].map(checkedPosition).sort() as [string, string]
      expect(between(b, undefined, 't') > b).toBe(true)
      expect(between(a, b, 't') > a).toBe(true)
      expect(typeof between(undefined, a, 't')).toBe('string')
    }))
  })
})
