import { expect, it } from 'vitest'
import { createDoc, s } from '../../src/index.ts'

it('is not inserted at all, also where the change catches the error and goes on', () => {
  const doc = createDoc(s.doc({ cards: s.movableList(s.register('')), files: s.tree(s.register('')) }), { actor: 'a' })
  doc.edit(({ cards, files }) => {
    expect(() => cards.insert(0, NaN as never)).toThrow(TypeError)
    expect(() => files.insert(null, NaN as never)).toThrow(TypeError)
    expect(() => files.insert(null, 'x', 1)).toThrow(RangeError)
    expect(() => cards.insert(1, 'x')).toThrow(RangeError)
    cards.insert(0, 'kept')
  })
  expect(doc.value).toEqual({ cards: ['kept'], files: [] })
})
