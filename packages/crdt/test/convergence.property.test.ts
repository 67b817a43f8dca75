import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDoc, loadDoc, s, type Doc } from '../src/index.ts'
import { standing, valueOf, type Event, type Op } from './model/history.ts'

const schema = s.doc({ registers: s.map(s.register<string>()), elements: s.set<string>(), counters: s.map(s.counter()) })
const actors = ['north', 'south', 'west'] as const

const op: fc.Arbitrary<Op> = fc.oneof(
  fc.record({ type: fc.constant('set' as const), place: fc.constantFrom('p', 'q'), value: fc.constantFrom('1', '2', '3') }),
  fc.record({ type: fc.constant('unset' as const), place: fc.constantFrom('p', 'q') }),
  fc.record({ type: fc.constant('include' as const), element: fc.constantFrom('x', 'y') }),
  fc.record({ type: fc.constant('exclude' as const), element: fc.constantFrom('x', 'y') }),
  fc.record({ type: fc.constant('count' as const), counter: fc.constantFrom('c', 'd'), amount: fc.constantFrom(1, -2, 5) }),
  fc.record({ type: fc.constant('reset' as const), counter: fc.constantFrom('c', 'd') }),
)
const who = fc.nat({ max: 2 })
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('change' as const), who, ops: fc.array(op, { minLength: 1, maxLength: 3 }) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('deliver' as const), who, which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('catchUp' as const), who, from: who }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('merge' as const), who, from: who }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), who }) },
)

interface Peer {
  doc: Doc<typeof schema>
  known: Set<Event>
}

/** One clock for all replicas, so that the model's real time and the stamps agree. */
function world() {
  let time = 0
  const clock = (node: string) => ({ now: () => ({ ms: ++time, count: 0, node }) })
  const peers: Peer[] = actors.map((actor) => ({ doc: createDoc(schema, { actor, clock: clock(actor) }), known: new Set() }))
  const sent: { bytes: Uint8Array; events: Event[] }[] = []
  const indices = [0, 0, 0]

  function run(who: number, ops: readonly Op[]): void {
    const peer = peers[who]!
    const events: Event[] = []
    const bytes = peer.doc.change((d) => {
      for (const one of ops) {
        if (!perform(d, one)) continue
        const event: Event = { actor: actors[who]!, index: indices[who]!++, time: ++time, op: one, seen: new Set(peer.known), replaced: standing(peer.known, one) }
        peer.known.add(event)
        events.push(event)
      }
    })
    if (bytes !== undefined) sent.push({ bytes, events })
  }
  return { peers, sent, run, clock }
}

/** Does an operation; false where it would do nothing and so is none. */
function perform(d: Parameters<Parameters<Doc<typeof schema>['change']>[0]>[0], op: Op): boolean {
  switch (op.type) {
    case 'set': d.registers.set(op.place, op.value); return true
    case 'unset': return d.registers.delete(op.place)
    case 'include': d.elements.add(op.element); return true
    case 'exclude': return d.elements.delete(op.element)
    case 'count': d.counters.get(op.counter).add(op.amount); return true
    case 'reset': return d.counters.delete(op.counter)
  }
}

describe('documents against the slow model', () => {
  it('show after every step what the operations they heard of mean, in any order, with repeats, merges and restarts', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { peers, sent, run, clock } = world()
      for (const one of steps) {
        const peer = peers[one.who]!
        if (one.type === 'change') run(one.who, one.ops)
        else if (one.type === 'deliver' && sent.length > 0) {
          const { bytes, events } = sent[one.which % sent.length]!
          peer.doc.apply(bytes)
          for (const event of events) peer.known.add(event)
        } else if (one.type === 'catchUp' || one.type === 'merge') {
          const from = peers[one.from]!
          const bytes = one.type === 'merge' ? from.doc.save() : from.doc.changesSince(peer.doc.version())
          if (bytes !== undefined) peer.doc.apply(bytes)
          for (const event of from.known) peer.known.add(event)
        } else if (one.type === 'restart') {
          const actor = actors[one.who]!
          peer.doc = loadDoc(schema, peer.doc.save(), { actor, clock: clock(actor) })
        }
        expect(peer.doc.value).toEqual(valueOf(peer.known))
      }
      for (let round = 0; round < 2; round++) {
        for (const a of peers) for (const b of peers) {
          const bytes = b.doc.changesSince(a.doc.version())
          if (bytes !== undefined) a.doc.apply(bytes)
        }
      }
      const everything = new Set(peers.flatMap((peer) => [...peer.known]))
      for (const { doc } of peers) {
        expect(doc.value).toEqual(valueOf(everything))
        expect(doc.save()).toEqual(peers[0]!.doc.save())
        expect(loadDoc(schema, doc.save(), { actor: 'reader' }).save()).toEqual(doc.save())
      }
    }), { numRuns: 300 })
  })

  it('join states commutatively, associatively and idempotently, to the same bytes', () => {
    fc.assert(fc.property(fc.array(fc.record({ who, ops: fc.array(op, { minLength: 1, maxLength: 3 }), hear: fc.option(fc.nat()) }), { maxLength: 16 }), (program) => {
      const { peers, sent, run } = world()
      for (const { who, ops, hear } of program) {
        if (hear !== null && sent.length > 0) peers[who]!.doc.apply(sent[hear % sent.length]!.bytes)
        run(who, ops)
      }
      const [a, b, c] = peers.map(({ doc }) => doc.save()) as [Uint8Array, Uint8Array, Uint8Array]
      const join = (...states: Uint8Array[]): Uint8Array => {
        const doc = createDoc(schema, { actor: 'joiner' })
        for (const state of states) doc.apply(state)
        return doc.save()
      }
      expect(join(a, b)).toEqual(join(b, a))
      expect(join(join(a, b), c)).toEqual(join(a, join(b, c)))
      expect(join(a, a)).toEqual(a)
      expect(join(join(a, b), a, b)).toEqual(join(a, b))
    }), { numRuns: 300 })
  })
})
