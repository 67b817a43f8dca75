import { describe, expect, it } from 'vitest'
import { covers, createDoc, loadDoc, s, type Doc, type DraftOf } from '../src/index.ts'

const schema = s.doc({
  theme: s.register<string>('light'),
  tags: s.set<string>(),
  clicks: s.counter(),
  byKey: s.map(s.counter()),
  prefs: s.map(s.register<number>(0)),
  rooms: s.map(s.doc({ name: s.register<string>(), members: s.set<string>() })),
})

describe('a document', () => {
  it('carries changes of every kind from one replica to another', () => {
    const a = createDoc(schema, { actor: 'a' })
    const b = createDoc(schema, { actor: 'b' })
    const bytes = a.change((d) => {
      d.theme.set('dark')
      d.tags.add('x')
      d.tags.add('y')
      d.tags.delete('x')
      d.clicks.add(3)
      d.byKey.get('28400').add(2)
      d.prefs.set('size', 12)
      d.rooms.get('1').members.add('ann')
    })!
    const result = b.apply(bytes)
    expect(b.value).toEqual({ theme: 'dark', tags: ['y'], clicks: 3, byKey: { 28400: 2 }, prefs: { size: 12 }, rooms: { 1: { name: undefined, members: ['ann'] } } })
    expect(result.applied).toBe(8)
    expect(b.save()).toEqual(a.save())
    expect(a.digest()).toBe(b.digest())
    expect(b.apply(bytes)).toMatchObject({ applied: 0, duplicate: 8 })
    const c = loadDoc(schema, a.save(), { actor: 'c' })
    expect(c.value).toEqual(a.value)
    expect(c.save()).toEqual(a.save())
    expect(c.changesSince(b.version())).toBeUndefined()
    const more = c.change((d) => d.byKey.delete('28400'))!
    a.apply(more)
    b.apply(c.changesSince(b.version())!)
    expect(a.value.byKey).toEqual({})
    expect(b.save()).toEqual(a.save())
  })

  it('shows keys in one order, whoever wrote them first and however they came', () => {
    const [a, b] = ['a', 'b'].map((actor) => createDoc(schema, { actor }))
    const add = (key: string) => (d: DraftOf<typeof schema>): void => { d.prefs.set(key, 1); d.byKey.get(key).add(1); d.tags.add(key) }
    for (const key of ['z', 'k', '9', '__proto__']) a!.edit(add(key))
    for (const key of ['m', 'b', '10']) b!.edit(add(key))
    const loaded = (a!.apply(b!.save()), b!.apply(a!.save()), loadDoc(schema, a!.save(), { actor: 'c' }))
    const seen = [a!, b!, loaded].map((doc) => {
      let keys: unknown
      doc.edit((d) => { keys = [[...d.prefs.keys()], [...d.byKey.keys()], [...d.tags]] })
      return JSON.stringify([doc.value, keys])
    })
    expect(new Set(seen).size).toBe(1)
  })

  it('names the gaps in what it knows, and gets and gives exactly what fills them', () => {
    const [author, reader, other] = ['author', 'reader', 'other'].map((actor) => createDoc(schema, { actor })) as [Doc<typeof schema>, Doc<typeof schema>, Doc<typeof schema>]
    const changes = Array.from({ length: 6 }, (_, index) => author.change((d) => d.tags.add(`${index}`))!)
    for (const index of [0, 2, 3, 5]) reader.apply(changes[index]!)
    for (const index of [0, 1, 4]) other.apply(changes[index]!)
    expect(reader.version()).toEqual({ author: [1, 3, 4, 6, 6] })
    expect(other.version()).toEqual({ author: [2, 5, 5] })
    expect(covers(author.version(), reader.version())).toBe(true)
    expect(covers(reader.version(), other.version())).toBe(false)
    expect(reader.apply(other.changesSince(reader.version())!)).toMatchObject({ applied: 2, duplicate: 0, missing: [] })
    expect(other.apply(reader.changesSince(other.version())!)).toMatchObject({ applied: 3, duplicate: 0, missing: [] })
    expect([reader.version(), other.save()]).toEqual([author.version(), author.save()])
    for (const wrong of [[1], [1, 2], [1, 2, 3], [1, 4, 3], [1, 3, 4, 5, 6], [1.5, 3, 4], ['1']]) {
      expect(() => reader.changesSince({ author: wrong as number[] })).toThrow(/version maps actors/)
    }
  })

  it('keeps the delta of one increment under 60 bytes', () => {
    const a = createDoc(schema, { actor: 'singapore' })
    a.change((d) => { for (let i = 0; i < 14_000; i++) d.byKey.get(String(28400 + (i % 400))).add(1) })
    const bytes = a.change((d) => d.byKey.get('28401').add(3))!
    expect(bytes.length).toBeLessThan(60)
  })
})
