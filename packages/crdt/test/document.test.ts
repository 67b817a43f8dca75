import { describe, expect, it } from 'vitest'
import { createDoc, loadDoc, s } from '../src/index.ts'

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

  it('keeps the delta of one increment under 60 bytes', () => {
    const a = createDoc(schema, { actor: 'singapore' })
    a.change((d) => { for (let i = 0; i < 14_000; i++) d.byKey.get(String(28400 + (i % 400))).add(1) })
    const bytes = a.change((d) => d.byKey.get('28401').add(3))!
    expect(bytes.length).toBeLessThan(60)
  })
})
