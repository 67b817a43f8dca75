import { expect, it } from 'vitest'
import { createDoc, loadDoc, s } from '../../src/index.ts'
import { lwwMap } from '../../src/map.ts'

/** A replica without a clock counts from what it holds: when all of it is gone, a restart counts from the beginning again. Then one actor has two writes of one stamp, and the later one shows. */
it('shows the later of two writes by one actor that have one stamp, in whatever order they come', () => {
  const schema = s.doc({ title: s.map(s.register<string>()) })
  const before = createDoc(schema, { actor: 'a' })
  const first = before.change((d) => d.title.set('k', 'first'))!
  before.edit((d) => d.title.delete('k'))
  const second = loadDoc(schema, before.save(), { actor: 'a' }).change((d) => d.title.set('k', 'second'))!
  const readers = [[first, second], [second, first]].map((frames, index) => {
    const reader = createDoc(schema, { actor: `reader${index}` })
    for (const bytes of frames) reader.apply(bytes)
    return reader
  })
  expect(readers.map(({ value }) => value.title)).toEqual([{ k: 'second' }, { k: 'second' }])
})

it('does so in a map alone', () => {
  const before = lwwMap<string>('a')
  const first = before.set('k', 'first')
  before.delete('k')
  const second = lwwMap<string>('a', { state: before.state() }).set('k', 'second')
  const readers = [[first, second], [second, first]].map((deltas, index) => {
    const reader = lwwMap<string>(`reader${index}`)
    for (const delta of deltas) reader.join(delta)
    return reader
  })
  expect(readers.map((reader) => reader.get('k'))).toEqual(['second', 'second'])
})
