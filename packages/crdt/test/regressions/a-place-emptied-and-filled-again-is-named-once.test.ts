import { expect, it } from 'vitest'
import { createDoc, s } from '../../src/index.ts'

it('a place that one change fills, empties and fills again is named once in its delta', () => {
  const schema = s.doc({ prefs: s.map(s.register<number>()) })
  const [a, b] = [createDoc(schema, { actor: 'a' }), createDoc(schema, { actor: 'b' })]
  b.apply(a.change((d) => { d.prefs.set('k', 1); d.prefs.delete('k'); d.prefs.set('k', 2) })!)
  expect(b.value).toEqual({ prefs: { k: 2 } })
  expect(b.save()).toEqual(a.save())
})
