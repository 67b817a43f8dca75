import { expect, it } from 'vitest'
import { createContext, include } from '../../src/core/context.ts'
import { encodeRecord } from '../../src/core/frame.ts'
import { createDoc, s, type ApplyResult } from '../../src/index.ts'
import { insideOf } from '../../src/inside.ts'

const schema = s.doc({ note: s.text() })

it('the record of a collection brings nothing and repeats nothing, also if it comes while others are told of a step and its cut is not known here', () => {
  const [author, reader] = [createDoc(schema, { actor: 'author' }), createDoc(schema, { actor: 'reader' })]
  author.edit((d) => { d.note.insert(0, 'one'); d.note.delete(0, 1) })
  const cut = createContext()
  include(cut, 0, 1, 2)
  const record = encodeRecord(insideOf(author).replica, cut, [])
  const results: ApplyResult[] = []
  insideOf(reader).watchers.add(() => void results.push(reader.apply(record)))
  reader.edit((d) => d.note.insert(0, 'mine'))
  expect(results).toEqual([{ applied: 0, duplicate: 0, pending: 0, missing: [], changes: [] }])
})
