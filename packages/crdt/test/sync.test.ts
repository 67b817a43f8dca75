import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDoc, loadDoc, s, type Doc } from '../src/index.ts'
import { createSync, type Session, type Sync, type SyncEvent } from '../src/sync.ts'

const schema = s.doc({ votes: s.counter(), tags: s.set(), note: s.text(), m: s.map(s.register<number>()), by: s.map(s.counter()) })
type Replica = Doc<typeof schema>

/** A line between two replicas whose messages wait until they are carried, or lost. */
function line(a: Sync, b: Sync, carry: () => 'now' | 'later' | 'lost' = () => 'now') {
  const waiting: (() => void)[] = []
  const post = (to: () => Session) => (bytes: Uint8Array) => {
    const fate = carry()
    const copy = bytes.slice()
    if (fate !== 'lost') waiting.push(() => void to().receive(copy))
  }
  const left: Session = a.connect(post(() => right))
  const right: Session = b.connect(post(() => left))
  const flush = (): void => { for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) next() }
  return { left, right, flush, waiting }
}

const replica = (actor: string): Replica => createDoc(schema, { actor })
const sync = (doc: Replica, nonce = 0.5): Sync => createSync(doc, { random: () => nonce })

describe('a session', () => {
  it('brings both sides to the same state at hello, and keeps them there', () => {
    const [a, b] = [replica('a'), replica('b')]
    a.edit((d) => { d.votes.add(1); d.note.insert(0, 'a') })
    b.edit((d) => d.tags.add('b'))
    const { left, right, flush } = line(sync(a), sync(b))
    left.hello()
    flush()
    expect(a.save()).toEqual(b.save())
    a.edit((d) => d.votes.add(5))
    b.edit((d) => d.m.set('k', 1))
    flush()
    expect(a.save()).toEqual(b.save())
    expect([left.peer, right.peer]).toEqual(['b', 'a'])
    expect(left.version).toEqual(b.version())
  })

  it('passes on what it hears, so that a chain of replicas is enough', () => {
    const docs = ['a', 'b', 'c'].map(replica)
    const syncs = docs.map((doc, index) => sync(doc, index / 4))
    const lines = [line(syncs[0]!, syncs[1]!), line(syncs[1]!, syncs[2]!)]
    for (const one of lines) { one.left.hello(); one.flush() }
    docs[0]!.edit((d) => d.tags.add('far'))
    for (const one of [...lines, ...lines]) one.flush()
    expect(docs[2]!.value.tags).toEqual(['far'])
    for (const one of [...lines, ...lines, ...lines]) one.flush()
    expect(syncs[1]!.stable(['a', 'b', 'c'])).toEqual({ a: 1 })
    expect(syncs[1]!.stable(['a', 'b', 'stranger'])).toEqual({})
  })

  it('ends equal over a line that loses and reorders, after one hello on a good one', () => {
    const fate = fc.constantFrom('now' as const, 'lost' as const)
    fc.assert(fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(3), fate, fc.nat()), { maxLength: 25 }), (steps) => {
      const [a, b] = [replica('a'), replica('b')]
      let now: 'now' | 'lost' = 'now'
      const { left, flush, waiting } = line(sync(a), sync(b, 0.25), () => now)
      left.hello()
      flush()
      for (const [first, kind, fate, pick] of steps) {
        now = fate
        const doc = first ? a : b
        doc.edit((d) => {
          if (kind === 0) d.votes.add(1)
          else if (kind === 1) d.note.insert(d.note.length, 'x')
          else if (kind === 2) d.m.set('k', pick % 9)
          else if (!d.tags.delete('t')) d.tags.add('t')
        })
        if (waiting.length > 1) waiting.push(...waiting.splice(pick % waiting.length, 1))
        if (pick % 3 === 0) waiting.shift()?.()
      }
      now = 'now'
      flush()
      left.hello()
      flush()
      expect(a.save()).toEqual(b.save())
    }), { numRuns: 150 })
  })

  it('tells of bytes that are none, and goes on', () => {
    const [a, b] = [replica('a'), replica('b')]
    const one = sync(a)
    const events: SyncEvent['type'][] = []
    one.onEvent(({ type }) => events.push(type))
    const { left, right, flush } = line(one, sync(b))
    left.hello()
    flush()
    const before = a.save()
    for (const bytes of [[], [9], [0], [0, 123], [2, 1, 2, 3], [3, 123, 125], [1, ...new TextEncoder().encode('{"actor":"__proto__","version":{},"lives":[]}')]]) {
      expect(left.receive(new Uint8Array(bytes))).toBe(false)
    }
    expect(events.filter((type) => type === 'refused').length).toBe(7)
    expect(a.save()).toEqual(before)
    b.edit((d) => d.votes.add(1))
    flush()
    expect(a.value.votes).toBe(1)
    right[Symbol.dispose]()
    b.edit((d) => d.votes.add(1))
    flush()
    expect(a.value.votes).toBe(1)
  })
})

describe('an actor id that is used twice', () => {
  const forks = (one: Sync): string[] => {
    const found: string[] = []
    one.onEvent((event) => { if (event.type === 'fork') found.push(event.actor) })
    return found
  }

  it('is found when a restored backup has gone on writing', () => {
    const [peer, original] = [replica('peer'), replica('a')]
    original.edit((d) => d.votes.add(1))
    const backup = original.save()
    const hub = sync(peer)
    const found = forks(hub)
    const first = line(hub, sync(original, 0.1))
    first.right.hello()
    first.flush()
    original.edit((d) => d.votes.add(10))
    first.flush()
    first.right.hello()
    first.flush()
    expect(found).toEqual([])
    const restored = loadDoc(schema, backup, { actor: 'a' })
    const again = sync(restored, 0.2)
    restored.edit((d) => d.votes.add(100))
    restored.edit((d) => d.votes.add(100))
    const before = peer.save()
    const second = line(hub, again)
    second.right.hello()
    second.flush()
    expect(found).toEqual(['a'])
    expect(peer.save()).toEqual(before)
  })

  it('is found when two copies of one replica meet a third, and when they meet each other', () => {
    const seed = replica('a')
    seed.edit((d) => d.votes.add(1))
    const copies = [0.1, 0.2].map((nonce) => {
      const doc = loadDoc(schema, seed.save(), { actor: 'a' })
      const one = sync(doc, nonce)
      doc.edit((d) => d.votes.add(nonce * 10))
      return one
    })
    const hub = sync(replica('peer'))
    const found = forks(hub)
    for (const copy of copies) {
      const { right, flush } = line(hub, copy)
      right.hello()
      flush()
    }
    expect(found).toEqual(['a'])
    const met = forks(copies[0]!)
    const { right, flush } = line(copies[0]!, copies[1]!)
    right.hello()
    flush()
    expect(met).toEqual(['a'])
  })

  it('is not suspected after an honest restart, nor after a restored backup that has not written', () => {
    const [peer, original] = [replica('peer'), replica('a')]
    const hub = sync(peer)
    const found = forks(hub)
    const meet = (doc: Replica, nonce: number): void => {
      const { right, flush } = line(hub, sync(doc, nonce))
      right.hello()
      flush()
      doc.edit((d) => d.votes.add(1))
      flush()
      right.hello()
      flush()
    }
    original.edit((d) => d.votes.add(1))
    const backup = original.save()
    meet(original, 0.1)
    meet(loadDoc(schema, original.save(), { actor: 'a' }), 0.2)
    const { right, flush } = line(hub, sync(loadDoc(schema, backup, { actor: 'a' }), 0.3))
    right.hello()
    flush()
    expect(found).toEqual([])
  })

  it('is healed under a new actor, with the work of both kept', () => {
    const edit = fc.record({ what: fc.nat(6), pick: fc.nat(3) })
    const act = (doc: Replica, { what, pick }: { what: number; pick: number }): void => void doc.edit((d) => {
      if (what === 0) d.votes.add(pick + 1)
      else if (what === 1) d.tags.add(`t${pick}`)
      else if (what === 2) d.tags.delete(`t${pick}`)
      else if (what === 3) d.note.insert(Math.min(pick, d.note.length), 'xy')
      else if (what === 4) d.note.delete(0, Math.min(pick, d.note.length))
      else if (what === 5) d.by.get(`k${pick % 2}`).add(pick + 1)
      else d.by.delete(`k${pick % 2}`)
    })
    const edits = fc.array(edit, { maxLength: 6 })
    fc.assert(fc.property(edits, edits, edits, (before, meanwhile, after) => {
      const original = replica('a')
      const peer = replica('peer')
      for (const one of before) act(original, one)
      const backup = original.save()
      for (const one of meanwhile) act(original, one)
      peer.apply(original.save())

      const restored = loadDoc(schema, backup, { actor: 'a' })
      const one = sync(restored, 0.2)
      for (const edit of after) act(restored, edit)
      const healed = loadDoc(schema, one.heal('a2'), { actor: 'a2' })
      expect(healed.value).toEqual(restored.value)

      // The same work, honestly done under the new name from the beginning, is what healing must come to.
      const honest = loadDoc(schema, backup, { actor: 'a2' })
      for (const edit of after) act(honest, edit)
      honest.apply(peer.save())
      peer.apply(healed.save())
      healed.apply(peer.save())
      expect(healed.value).toEqual(honest.value)
      expect(healed.save()).toEqual(peer.save())
      healed.edit((d) => d.votes.add(1))
      peer.apply(healed.save())
      expect(peer.value.votes).toBe(honest.value.votes + 1)
    }), { numRuns: 100 })
    expect(() => sync(replica('a')).heal('a')).toThrow(/nobody has used/)
  })
})
