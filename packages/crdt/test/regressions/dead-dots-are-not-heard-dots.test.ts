import { createDoc, s } from '@distrokit/crdt'
import { expect, test } from 'vitest'

test('a change that overtakes an older one does not hide what the older one had replaced', () => {
  const schema = s.doc({ tags: s.set<string>() })
  const [north, west, south] = ['north', 'west', 'south'].map((actor) => createDoc(schema, { actor }))
  west!.apply(north!.change((d) => d.tags.add('y'))!)
  west!.edit((d) => d.tags.add('y'))
  const removal = west!.change((d) => void d.tags.delete('y'))!
  south!.apply(removal)
  const joined = createDoc(schema, { actor: 'joined' })
  joined.apply(north!.save())
  joined.apply(south!.save())
  joined.apply(west!.save())
  expect(joined.value.tags).toEqual([])
})
