import { createDoc, s } from '@distrokit/crdt'
import { expect, test } from 'vitest'

test('a value that was read before a map key existed shows the key once it does', () => {
  const doc = createDoc(s.doc({ clicks: s.map(s.counter()) }), { actor: 'a' })
  expect(doc.value).toEqual({ clicks: {} })
  doc.change((draft) => draft.clicks.get('k').add(3))
  expect(doc.value).toEqual({ clicks: { k: 3 } })

  const other = createDoc(s.doc({ clicks: s.map(s.counter()) }), { actor: 'b' })
  expect(other.value).toEqual({ clicks: {} })
  other.apply(doc.save())
  expect(other.value).toEqual({ clicks: { k: 3 } })
})
