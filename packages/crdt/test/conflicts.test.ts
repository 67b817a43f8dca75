import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDoc, firstWriter, lastWriter, max, min, priority, s, union, type Doc, type Resolver, type Value } from '../src/index.ts'

const resolvers: Record<string, [Resolver<never>, Value[], Value]> = {
  lastWriter: [lastWriter, [1, 3, 2], 2],
  firstWriter: [firstWriter, [1, 3, 2], 1],
  max: [max, [1, 3, 2], 3],
  min: [min, [2, 3, 1], 1],
  union: [union, [['a'], ['b', 'a'], ['c']], ['a', 'b', 'c']],
  priority: [priority(['r1', 'r0']), [1, 3, 2], 3],
}

/** Three replicas that write at once, in the order of their stamps, and then hear of each other in some order. */
function disagree<T>(resolve: Resolver<T>, values: readonly Value[], order: readonly number[]) {
  const schema = s.doc({ field: s.register<Value>(null, { resolve: resolve as never }), all: s.multiValue<Value>() })
  const docs = values.map((_, index) => createDoc(schema, { actor: `r${index}`, clock: { now: () => ({ ms: 10 + index, count: 0, node: '' }) } }))
  const sent = docs.map((doc, index) => doc.change((d) => { d.field.set(values[index]!); d.all.set(values[index]!) })!)
  for (const doc of docs) for (const index of order) doc.apply(sent[index % sent.length]!)
  for (const doc of docs) for (const bytes of sent) doc.apply(bytes)
  return docs
}

describe.each(Object.entries(resolvers))('the resolver %s', (_name, [resolve, values, expected]) => {
  it('decides the same everywhere, whatever the order of arrival, and for all to see', () => {
    fc.assert(fc.property(fc.array(fc.nat({ max: 2 }), { maxLength: 5 }), (order) => {
      for (const doc of disagree(resolve, values, order)) {
        expect(doc.value.field).toEqual(expected)
        expect(doc.value.all).toEqual(values)
        expect(doc.conflicts().map(({ path }) => path)).toEqual([['all'], ['field']])
      }
    }), { numRuns: 20 })
  })
})

describe('conflicts', () => {
  const settled = (doc: Doc<never>) => doc.conflicts().length === 0

  it('are listed with author and stamp, and gone when somebody has settled them', () => {
    const [a, b] = disagree(lastWriter as Resolver<Value>, [1, 2], [0, 1])
    expect(a!.conflicts().find(({ path }) => path[0] === 'field')).toEqual({
      path: ['field'], value: 2,
      candidates: [{ value: 1, stamp: { ms: 10, count: 0, node: 'r0' } }, { value: 2, stamp: { ms: 11, count: 0, node: 'r1' } }],
    })
    b!.apply(a!.resolve(['field'], 'both'))
    b!.apply(a!.resolve(['all'], 'both'))
    expect([a!, b!].every((doc) => settled(doc as never))).toBe(true)
    expect(b!.value).toEqual({ field: 'both', all: ['both'] })
    expect(() => a!.resolve(['nowhere'], 1)).toThrow(/Nothing is at/)
  })

  it('of concurrent deletion and writing end with what was written', () => {
    const schema = s.doc({ m: s.map(s.register<number>()) })
    const [a, b] = [createDoc(schema, { actor: 'a' }), createDoc(schema, { actor: 'b' })]
    b.apply(a.change((d) => d.m.set('k', 1))!)
    const deletion = a.change((d) => { d.m.delete('k') })!
    const write = b.change((d) => d.m.set('k', 2))!
    a.apply(write)
    b.apply(deletion)
    expect([a.value, b.value]).toEqual([{ m: { k: 2 } }, { m: { k: 2 } }])
  })
})

describe('an explanation', () => {
  it('says who contributed what, and by which rule', () => {
    const schema = s.doc({ title: s.register('none'), votes: s.counter(), tags: s.set(), note: s.text(), seats: s.map(s.register<number>()) })
    const [a, b] = [createDoc(schema, { actor: 'a' }), createDoc(schema, { actor: 'b' })]
    expect(a.explain(['title'])).toMatchObject({ value: 'none', rule: expect.stringContaining('initial value'), contributions: [] })
    const one = a.change((d) => { d.title.set('A'); d.votes.add(2); d.tags.add('x'); d.note.insert(0, 'hey'); d.seats.set('1A', 7) })!
    const two = b.change((d) => { d.title.set('B'); d.votes.add(-1) })!
    a.apply(two)
    b.apply(one)
    expect(a.explain(['title'])).toMatchObject({ value: 'B', rule: expect.stringContaining('lastWriter'), contributions: [{ actor: 'a', value: 'A' }, { actor: 'b', value: 'B' }] })
    expect(a.explain(['votes'])).toMatchObject({ value: 1, contributions: [{ actor: 'a', value: 2 }, { actor: 'b', value: -1 }] })
    expect(a.explain(['tags', 'x'])).toMatchObject({ value: true, contributions: [{ actor: 'a' }] })
    expect(a.explain(['note'])).toMatchObject({ value: 'hey', contributions: [{ actor: 'a', value: 3 }] })
    expect(a.explain(['seats', '1A'])).toMatchObject({ value: 7, contributions: [{ actor: 'a', value: 7 }] })
    expect(a.explain(['votes'])).toEqual(b.explain(['votes']))
    expect(() => a.explain(['votes', 'x'])).toThrow(RangeError)
  })
})

describe('a writer from the future', () => {
  it('is refused at the door with the reason of the clock, and nothing changes', async () => {
    const { createClock } = await import('@distrokit/hlc')
    const schema = s.doc({ title: s.register('') })
    const at = (ms: number) => createClock({ clock: { now: () => ms } })
    const fast = createDoc(schema, { actor: 'fast', clock: at(1e12 + 3_600_000) })
    const honest = createDoc(schema, { actor: 'honest', clock: at(1e12) })
    const before = honest.save()
    expect(() => honest.apply(fast.change((d) => d.title.set('x'))!)).toThrow(expect.objectContaining({ code: 'drift', node: 'fast' }))
    expect(honest.save()).toEqual(before)
  })

  it('loses nothing of its own when the clock is set back: what saw another wins over it', () => {
    let ms = 1000
    const schema = s.doc({ title: s.register('') })
    const doc = createDoc(schema, { actor: 'a', clock: { now: () => ({ ms, count: 0, node: 'a' }) } })
    doc.change((d) => d.title.set('first'))
    ms = 10
    const other = createDoc(schema, { actor: 'b' })
    other.apply(doc.change((d) => d.title.set('second'))!)
    expect([doc.value.title, other.value.title]).toEqual(['second', 'second'])
    expect(doc.explain(['title']).contributions[0]!.stamp).toEqual({ ms: 1000, count: 1, node: 'a' })
  })
})
