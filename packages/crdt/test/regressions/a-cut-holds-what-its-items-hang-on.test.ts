import { expect, it } from 'vitest'
import { createDoc, s } from '../../src/index.ts'
import { createSync } from '../../src/sync.ts'

it('nothing is collected while an item hangs on one that was heard of only through its deletion', () => {
  const schema = s.doc({ note: s.text() })
  const [lead, author, eraser] = ['lead', 'author', 'eraser'].map((actor) => createDoc(schema, { actor }))
  const written = author!.change((d) => d.note.insert(0, 'x'))!
  eraser!.apply(written)
  lead!.apply(eraser!.change((d) => d.note.delete(0, 1))!)
  lead!.edit((d) => d.note.insert(0, 'y'))
  expect(lead!.version()).toEqual({ eraser: 1, lead: 1 })
  const sync = createSync(lead!, { members: ['lead'] })
  sync.collect()
  expect(lead!.epoch).toBe(0)
  lead!.apply(written)
  sync.collect()
  expect([lead!.epoch, lead!.value.note]).toEqual([1, 'y'])
  const reader = createDoc(schema, { actor: 'reader' })
  reader.apply(lead!.save())
  expect(reader.value.note).toBe('y')
})
