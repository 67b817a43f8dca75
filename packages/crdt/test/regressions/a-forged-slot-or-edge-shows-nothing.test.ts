import { expect, it } from 'vitest'
import type { BranchNode } from '../../src/core/branch.ts'
import { put, type EntriesNode } from '../../src/core/entries.ts'
import { insertAfter, type SequenceNode } from '../../src/core/sequence.ts'
import { createDoc, s, type Value } from '../../src/index.ts'
import { insideOf } from '../../src/inside.ts'

const schema = s.doc({ tasks: s.movableList(s.register<string>()), rooms: s.tree(s.register<string>()) })
/** What no draft writes and a checksum does not tell. */
const forged: Value[] = ['no pair', 7, true, {}, []]

it('a slot of a movable list that is no pair is taken in, and the list goes on', () => {
  const [forger, reader] = [createDoc(schema, { actor: 'forger' }), createDoc(schema, { actor: 'reader' })]
  reader.edit((d) => d.tasks.insert(0, 'wash'))
  const { replica, perform } = insideOf(forger)
  const slots = ((replica.root as BranchNode).children.get('tasks') as BranchNode).children.get('slots') as SequenceNode
  reader.apply(perform((edit) => insertAfter(slots, -1, forged, edit), undefined)!)
  expect(reader.value.tasks).toEqual(['wash'])
  reader.edit((d) => {
    d.tasks.insert(1, 'iron')
    d.tasks.move(0, 1)
  })
  expect(reader.value.tasks).toEqual(['iron', 'wash'])
})

it('an edge of a tree that is no edge hangs its node at the root', () => {
  const [forger, reader] = [createDoc(schema, { actor: 'forger' }), createDoc(schema, { actor: 'reader' })]
  const { replica, perform } = insideOf(forger)
  forger.edit((d) => void d.rooms.insert(null, 'hall'))
  const edges = ((replica.root as BranchNode).children.get('rooms') as BranchNode).children.get('edges') as EntriesNode
  const [id] = [...edges.entries.keys()]
  for (const value of forged) {
    perform((edit) => put(edges, id!, value, edit, true), undefined)
    reader.apply(forger.save())
    expect(reader.value.rooms).toHaveLength(1)
  }
})
