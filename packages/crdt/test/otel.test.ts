import { expect, it } from 'vitest'
import { observeSync, type Meter } from '../src/adapters/otel.ts'
import { createDoc, s } from '../src/index.ts'
import { createSync, type Session } from '../src/sync.ts'

it('sync is told in metrics without naming actors, until it is disposed of', () => {
  const points: [name: string, value: number, attributes: object | undefined][] = []
  const meter: Meter = {
    createCounter: (name) => ({ add: (value, attributes) => void points.push([name, value, attributes]) }),
    createGauge: (name) => ({ record: (value, attributes) => void points.push([name, value, attributes]) }),
  }
  const schema = s.doc({ votes: s.counter(), note: s.text() })
  const [a, b] = ['a', 'b'].map((actor) => createDoc(schema, { actor }))
  const one = createSync(a!, { members: ['a', 'b'] })
  const observing = observeSync(one, { name: 'board', meter })
  const left: Session = one.connect((bytes) => void right.receive(bytes))
  const right: Session = createSync(b!).connect((bytes) => void left.receive(bytes))
  left.hello()
  b!.edit((d) => { d.votes.add(1); d.note.insert(0, 'xy') })
  b!.edit((d) => d.note.delete(0, 1))
  one.collect()
  left.receive(new Uint8Array([9]))
  const told = points.map(([name, value, attributes]) => [name, value, Object.entries(attributes!).filter(([key]) => key !== 'crdt.document').map(([, one]) => one).join()])
  expect(told).toEqual(expect.arrayContaining([
    ['crdt.events', 1, 'hello'], ['crdt.operations', 3, 'applied'], ['crdt.missing', 0, ''], ['crdt.events', 1, 'collected'], ['crdt.epoch', 1, ''], ['crdt.events', 1, 'refused'],
  ]))
  expect(points.every(([, , attributes]) => (attributes as { 'crdt.document': string })['crdt.document'] === 'board')).toBe(true)
  observing[Symbol.dispose]()
  const before = points.length
  b!.edit((d) => d.votes.add(1))
  expect(points.length).toBe(before)
})
