import { describe, expect, it } from 'vitest'
import { createDoc, s } from '../src/index.ts'

const schema = s.doc({ note: s.text(), items: s.list<number>() })
const pair = () => [createDoc(schema, { actor: 'a' }), createDoc(schema, { actor: 'b' })] as const

describe('a text', () => {
  it('inserts and deletes by UTF-16 index', () => {
    const [a, b] = pair()
    const bytes = [
      a.change((d) => d.note.insert(0, 'hello')),
      a.change((d) => d.note.insert(5, ' 😀 world')),
      a.change((d) => d.note.delete(0, 6)),
      a.change((d) => d.items.push(1, 2, 3)),
      a.change((d) => d.items.delete(1)),
    ]
    expect(a.value).toEqual({ note: '😀 world', items: [1, 3] })
    for (const one of bytes) b.apply(one!)
    expect(b.value).toEqual(a.value)
    expect(b.save()).toEqual(a.save())
    expect(() => a.change((d) => d.note.insert(1, 'x'))).toThrow(/inside a character/)
  })

  it('keeps runs typed at one spot whole, forwards and backwards', () => {
    for (const backwards of [false, true]) {
      const [a, b] = pair()
      for (const [doc, text] of [[a, 'abc'], [b, '123']] as const) {
        for (const character of text) doc.change((d) => d.note.insert(backwards ? 0 : d.note.length, character))
      }
      a.apply(b.save())
      b.apply(a.save())
      expect(a.value.note).toBe(b.value.note)
      expect(['abc123', '123abc', 'cba321', '321cba']).toContain(a.value.note)
    }
  })

  it('waits for the neighbour of an insertion, and says so', () => {
    const [a, b] = pair()
    const first = a.change((d) => d.note.insert(0, 'ab'))!
    const second = a.change((d) => d.note.insert(1, '-'))!
    expect(b.apply(second)).toMatchObject({ applied: 0, pending: 1 })
    expect(b.value.note).toBe('')
    const result = b.apply(first)
    expect(b.value.note).toBe('a-b')
    expect(result.changes).toEqual([{ type: 'splice', path: ['note'], index: 0, deleted: 0, inserted: 'a-b' }])
  })
})
