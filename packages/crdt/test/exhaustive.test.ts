/**
 * The small scope, whole: every program of a few operations by three replicas, each of which has heard all or nothing of the others before it acts, and every order of
 * delivery to a fourth. Three operations in every run, four with EXHAUSTIVE=4 (minutes).
 */
import { describe, expect, it } from 'vitest'
import { createDoc, s, type Doc, type DraftOf, type Type } from '../src/index.ts'

const MOST = Number(process.env['EXHAUSTIVE'] ?? 3)

/** Two operations per type: the pair whose meeting is the type's whole point. */
function scope<T extends Type>(inner: T, first: (d: DraftOf<T>) => unknown, second: (d: DraftOf<T>) => unknown) {
  const schema = s.doc({ it: inner })
  return { schema, operations: [first, second].map((run) => (d: { readonly it: DraftOf<T> }) => void run(d.it)) }
}

const scopes = {
  register: scope(s.register(0), (d) => d.set(1), (d) => d.clear()),
  'map of registers': scope(s.map(s.register<number>()), (d) => d.set('k', 1), (d) => d.delete('k')),
  'map of counters': scope(s.map(s.counter()), (d) => d.get('k').add(1), (d) => d.delete('k')),
  'add-wins set': scope(s.set(), (d) => d.add('x'), (d) => d.delete('x')),
  'remove-wins set': scope(s.removeWinsSet(), (d) => d.add('x'), (d) => d.delete('x')),
  text: scope(s.text(), (d) => d.insert(0, 'ab'), (d) => { if (d.length > 0) d.delete(0, 1) }),
  'movable list': scope(s.movableList(s.register('')), (d) => d.insert(0, 'e'), (d) => { if (d.length > 1) d.move(0, d.length - 1); else if (d.length > 0) d.delete(0) }),
  tree: scope(s.tree(s.register('')), (d) => d.insert(d.children()[0] ?? null, 'n'), (d) => {
    const [a, b] = d.children()
    if (a !== undefined && b !== undefined) d.move(a, b)
    else if (a !== undefined) d.delete(a)
  }),
}

const orders: Record<number, number[][]> = { 0: [[]] }
const ordersOf = (size: number): number[][] => (orders[size] ??= ordersOf(size - 1).flatMap((order) => Array.from({ length: size }, (_, at) => order.toSpliced(at, 0, size - 1))))

describe.each(Object.entries(scopes))('every small program on a %s', (_name, { schema, operations }) => {
  it('ends in one state, whatever the order of delivery', () => {
    const names = ['a', 'b', 'c']
    const choices = names.flatMap((_, actor) => operations.flatMap((_run, operation) => [false, true].map((hears) => ({ actor, operation, hears }))))
    let programs = 0

    function run(program: readonly (typeof choices)[number][]): void {
      const docs: Doc[] = names.map((actor) => createDoc(schema, { actor }) as never)
      const sent: Uint8Array[] = []
      for (const { actor, operation, hears } of program) {
        if (hears) for (const bytes of sent) docs[actor]!.apply(bytes)
        const bytes = docs[actor]!.change(operations[operation]! as never)
        if (bytes !== undefined) sent.push(bytes)
      }
      programs++
      let first: { value: unknown; digest: string } | undefined
      for (const order of ordersOf(sent.length)) {
        const reader = createDoc(schema, { actor: 'reader' })
        for (const index of order) reader.apply(sent[index]!)
        first ??= { value: reader.value, digest: reader.digest() }
        if (reader.digest() !== first.digest) expect({ order, program, value: reader.value }).toEqual({ order: ordersOf(sent.length)[0], program, value: first.value })
      }
      for (const doc of docs) {
        for (const bytes of sent) doc.apply(bytes)
        if (doc.digest() !== first!.digest) expect({ actor: doc.actor, program, value: doc.value }).toEqual({ actor: 'reader', program, value: first!.value })
      }
    }

    function extend(program: readonly (typeof choices)[number][]): void {
      if (program.length === MOST) return run(program)
      // Replicas differ only in name: the first to act may be any, so it is the first.
      for (const choice of choices) if (program.length > 0 || choice.actor === 0) extend([...program, choice])
    }
    extend([])
    expect(programs).toBe(4 * 12 ** (MOST - 1))
  }, 600_000)
})
