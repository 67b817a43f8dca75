/**
 * For proving things of your own: a conformance suite for stores, and the laws of joining for documents.
 * Both throw an `Error` that says what was expected, and need no test runner.
 * @module
 */
import type { Type } from '../core/schema.ts'
import type { Doc } from '../doc.ts'
import { createDoc, loadDoc } from '../document.ts'
import { s } from '../schema.ts'
import { keepDoc, type Storage } from '../storage.ts'

function expect(condition: boolean, sentence: string): void {
  if (!condition) throw new Error(`Expected: ${sentence}.`)
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, index) => byte === b[index])

/** `open()` gives the same empty store each time it is called: what one handle has written, the next one reads. */
export async function checkStorage(open: () => Storage | Promise<Storage>): Promise<void> {
  const bytes = (...values: number[]): Uint8Array => new Uint8Array(values)
  const read = async (): Promise<string> => JSON.stringify((await (await open()).load()).map((one) => [...one]))
  expect((await read()) === '[]', 'a new store is empty')
  const store = await open()
  const change = bytes(1, 0, 255)
  await store.append(change)
  change[0] = 9
  await store.append(bytes(2))
  await store.append(bytes())
  expect((await read()) === '[[1,0,255],[2],[]]', 'changes are loaded in their order, as they were when they were appended')
  await store.replace(bytes(7, 7), 2)
  expect((await read()) === '[[7,7],[]]', 'a snapshot replaces as many changes as it folds, and comes first')
  await store.append(bytes(3))
  await store.replace(bytes(8), 2)
  expect((await read()) === '[[8]]', 'a snapshot replaces the snapshot before it')

  const schema = s.doc({ votes: s.counter(), note: s.text() })
  await store.replace(createDoc(schema, { actor: 'a' }).save(), 0)
  for (let life = 0; life < 3; life++) {
    const kept = await keepDoc(schema, await open(), { actor: 'a', foldAfter: 3 })
    expect(kept.doc.value.votes === life * 5, `a document comes back with all its changes after restart ${life}`)
    for (let round = 0; round < 5; round++) kept.doc.edit((d) => { d.votes.add(1); d.note.insert(0, 'x') })
    await kept.flush()
  }
}

/** Checks on three states of one document that joining is commutative, associative and idempotent, to the same bytes. */
export function checkLaws<T extends Type>(schema: T, docs: readonly [Doc<T>, Doc<T>, Doc<T>], id = ''): void {
  const join = (...states: Uint8Array[]): Uint8Array => {
    const doc = createDoc(schema, { actor: 'joiner of states', id })
    for (const state of states) doc.apply(state)
    return doc.save()
  }
  const [a, b, c] = docs.map((doc) => doc.save()) as [Uint8Array, Uint8Array, Uint8Array]
  expect(equal(join(a, b), join(b, a)), 'joining a with b is joining b with a')
  expect(equal(join(join(a, b), c), join(a, join(b, c))), 'joining does not depend on the grouping')
  expect(equal(join(a, a), a), 'joining a state with itself changes nothing')
  expect(equal(loadDoc(schema, a, { actor: 'joiner of states', id }).save(), a), 'a state is read and written the same')
}
