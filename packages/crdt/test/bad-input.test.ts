import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checksum } from '../src/core/codec/checksum.ts'
import { insideOf } from '../src/inside.ts'
import { createSync } from '../src/sync.ts'
import { createDoc, CrdtError, loadDoc, s, type Doc, type DraftOf, type Value } from '../src/index.ts'

const schema = s.doc({
  register: s.register<Value>(0),
  registers: s.map(s.register<Value>()),
  counters: s.map(s.counter()),
  counter: s.counter(),
  set: s.set<string | number | boolean | null>(),
  text: s.text(),
  list: s.list<Value>(),
  rights: s.removeWinsSet<string>(),
  seats: s.boundedCounter(),
  both: s.multiValue<number>(),
  cards: s.movableList(s.register('')),
  tree: s.tree(s.record({ name: s.text() })),
  rooms: s.map(s.record({ tags: s.set<string>(), note: s.text() })),
})
type Draft = DraftOf<typeof schema>

const edits: Record<string, (d: Draft) => void> = {
  register: (d) => d.register.set({ a: [1, 0.5, null, 'é😀'], __proto__x: true }),
  registers: (d) => { for (let index = 0; index < 5; index++) d.registers.set(`key${index}`, index % 2 ? index : `v${index}`) },
  counters: (d) => { for (const key of ['k', 'l']) d.counters.get(key).add(3) },
  counter: (d) => d.counter.add(-7),
  set: (d) => { for (const element of ['x', 1, true, null]) d.set.add(element) },
  text: (d) => { d.text.insert(0, 'héllo 😀'); d.text.delete(1, 2) },
  list: (d) => { d.list.push(1, 'two', [3]); d.list.delete(0) },
  rights: (d) => { d.rights.add('read'); d.rights.delete('read'); d.rights.add('write') },
  seats: (d) => { d.seats.add(9); d.seats.transfer('victim', 4); d.seats.add(-2) },
  both: (d) => d.both.set(1),
  cards: (d) => { for (const card of ['x', 'y']) d.cards.insert(0, card); d.cards.move(0, 1) },
  tree: (d) => { const id = d.tree.insert(null); d.tree.get(id).name.insert(0, 'n'); d.tree.move(d.tree.insert(null), id) },
  rooms: (d) => { d.rooms.get('a').tags.add('t'); d.rooms.get('b').note.insert(0, 'n') },
}

/** A replica with some history of its own, so that there is something to be harmed. */
function victim(): Doc<typeof schema> {
  const doc = createDoc(schema, { actor: 'victim' })
  doc.change((d) => { d.register.set('mine'); d.registers.set('key1', 'mine'); d.set.add('x'); d.counter.add(1); d.text.insert(0, 'mine'); d.list.push('mine') })
  return doc
}

function refused(doc: Doc<typeof schema>, bytes: Uint8Array, before: Uint8Array): void {
  let error: unknown
  try {
    doc.apply(bytes)
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(CrdtError)
  expect(['corrupt', 'version', 'wrong-doc']).toContain((error as CrdtError).code)
  if (!Buffer.from(doc.save()).equals(Buffer.from(before))) expect(doc.save()).toEqual(before)
}

describe.each(Object.entries(edits))('damaged bytes of a %s', (_name, edit) => {
  const author = createDoc(schema, { actor: 'author' })
  const delta = author.change(edit)!
  author.change(edit)
  const state = author.save()

  it.each([['delta', delta], ['state', state]])('are refused at every cut and every flipped bit of its %s, and the good one still applies', (_what, good) => {
    const doc = victim()
    const before = doc.save()
    for (let length = 0; length < good.length; length++) refused(doc, good.slice(0, length), before)
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bad = good.slice()
      bad[bit >> 3]! ^= 1 << (bit & 7)
      refused(doc, bad, before)
    }
    refused(doc, new Uint8Array([...good, 0]), before)
    expect(doc.apply(good).applied).toBeGreaterThan(0)
    expect(doc.apply(good).applied).toBe(0)
  })

  it.each([['delta', delta], ['state', state]])('are refused where they are 10 000 random blobs dressed as its %s', (_what, good) => {
    const doc = victim()
    const before = doc.save()
    let state = 0x9e3779b9
    const random = (below: number): number => {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 | 0
      return (state >>> 0) % below
    }
    for (let round = 0; round < 10_000; round++) {
      const bad = good.slice(0, random(good.length + 1))
      // From somewhere on, what it says is noise; now and then all of it.
      for (let at = round % 3 === 0 ? 0 : random(bad.length + 1); at < bad.length; at++) bad[at] = random(256)
      if (bad.length === good.length && bad.every((byte, index) => byte === good[index])) continue
      expect(() => doc.apply(bad)).toThrow(CrdtError)
    }
    expect(doc.save()).toEqual(before)
    expect(doc.apply(good).applied).toBeGreaterThan(0)
  })
})

describe('a state that comes again', () => {
  const author = createDoc(schema, { actor: 'author' })
  for (const edit of Object.values(edits)) author.change(edit)
  const small = author.save()
  const filled = createDoc(schema, { actor: 'author' })
  filled.edit((d) => { for (let index = 0; index < 20_000; index++) d.registers.set(`key${index}`, index) })
  const large = filled.save()

  it.each([['small', small, author], ['large', large, filled]] as const)('is a duplicate, whatever has been changed here since: a %s one', (_what, state, { digest }) => {
    const doc = createDoc(schema, { actor: 'reader' })
    const { applied } = doc.apply(state)
    for (let round = 0; round < 3; round++) {
      expect(doc.apply(state)).toEqual({ applied: 0, duplicate: applied, pending: 0, missing: [], changes: [] })
      if (round === 0) expect(doc.digest()).toBe(digest())
      doc.change((d) => { d.registers.set('key1', 'mine'); d.set.delete('x') })
    }
    const late = createDoc(schema, { actor: 'late' })
    late.change((d) => d.counter.add(1))
    doc.apply(late.change((d) => d.counter.add(1))!)
    expect(doc.apply(state)).toMatchObject({ duplicate: applied, missing: [{ actor: 'late', from: 1, to: 1 }] })
    expect(doc.value.registers).toMatchObject({ key1: 'mine' })
  })

  it('is refused where a bit of it is flipped or an end is cut off, as at the first time', () => {
    const doc = victim()
    doc.apply(small)
    const before = doc.save()
    for (let bit = 0; bit < small.length * 8; bit++) {
      const bad = small.slice()
      bad[bit >> 3]! ^= 1 << (bit & 7)
      refused(doc, bad, before)
    }
    for (let length = 0; length < small.length; length++) refused(doc, small.slice(0, length), before)
  })

  it('is refused where a bit of its head is flipped or an end is cut off, if it is too large to be checked whole', () => {
    const doc = victim()
    doc.apply(large)
    const before = doc.save()
    const end = insideOf(doc).replica.repeat!.opening.length
    for (let bit = 0; bit < end * 8; bit++) {
      const bad = large.slice()
      bad[bit >> 3]! ^= 1 << (bit & 7)
      expect(() => doc.apply(bad)).toThrow(CrdtError)
    }
    for (const length of [0, 12, end, large.length - 1]) expect(() => doc.apply(large.slice(0, length))).toThrow(CrdtError)
    expect(doc.save()).toEqual(before)
  })

  it('is not taken for another of the same length', () => {
    const one = createDoc(schema, { actor: 'author' })
    const reader = createDoc(schema, { actor: 'reader' })
    for (let value = 1; value < 20; value++) {
      one.change((d) => d.counters.get('k').add(1))
      expect(reader.apply(one.save())).toMatchObject({ applied: 1, duplicate: value - 1 })
      expect(reader.value).toEqual(one.value)
    }
  })

  it('is not taken for another that is the same text to a Buffer, which shows all bytes that are no UTF-8 as one sign', () => {
    const votes = s.doc({ votes: s.counter() })
    const one = createDoc(votes, { actor: 'author' })
    const states = new Map<string, Buffer>()
    let pair: readonly [Buffer, Buffer] | undefined
    for (let value = 1; pair === undefined && value < 100_000; value++) {
      one.edit((d) => d.votes.add(1))
      const bytes = Buffer.from(one.save())
      const alike = states.get(String(bytes))
      if (alike !== undefined) pair = [alike, bytes]
      states.set(String(bytes), bytes)
    }
    const reader = createDoc(votes, { actor: 'reader' })
    reader.apply(pair![0])
    expect(reader.apply(pair![1]).applied).toBeGreaterThan(0)
    expect(reader.value).toEqual(one.value)
  })
})

describe('damaged bytes of a collection', () => {
  const author = createDoc(schema, { actor: 'author' })
  for (const edit of Object.values(edits)) author.change(edit)
  const before = author.save()
  createSync(author, { members: ['author'] }).collect()
  const delta = author.change((d) => d.text.insert(0, 'more'))!
  const { record } = insideOf(author).replica.epoch

  it.each([['record', record], ['later state', author.save()], ['later delta', delta]])('are refused at every cut and every flipped bit of its %s', (_what, good) => {
    const doc = loadDoc(schema, before, { actor: 'victim' })
    if (good === delta) doc.apply(record)
    const kept = doc.save()
    for (let length = 0; length < good.length; length++) refused(doc, good.slice(0, length), kept)
    for (let bit = 0; bit < good.length * 8; bit++) {
      const bad = good.slice()
      bad[bit >> 3]! ^= 1 << (bit & 7)
      refused(doc, bad, kept)
    }
    doc.apply(good)
    doc.apply(good)
    expect(doc.epoch).toBe(1)
    if (good !== record) expect(doc.save()).toEqual(author.save())
  })

  it('and bytes of another epoch are refused with nothing changed, and an echo of the last one is not', () => {
    const stranger = victim()
    const kept = stranger.save()
    for (const bytes of [record, delta, author.save()]) expect(() => stranger.apply(bytes)).toThrow(expect.objectContaining({ code: 'stale-epoch', epoch: 1 }))
    expect(stranger.save()).toEqual(kept)
    expect(() => author.apply(kept)).toThrow(expect.objectContaining({ code: 'stale-epoch', epoch: 0 }))
    expect(author.apply(before)).toMatchObject({ applied: 0 })
  })
})

describe('damaged messages of a session', () => {
  it('are refused at every cut and flipped bit, change nothing and acknowledge nothing', () => {
    const doc = victim()
    const sync = createSync(doc, { random: () => 0.5, members: ['victim', 'peer'] })
    const sent: Uint8Array[] = []
    const peer = createDoc(schema, { actor: 'peer' })
    const other = createSync(peer, { random: () => 0.25 }).connect((bytes) => void sent.push(bytes))
    other.hello()
    peer.change((d) => d.counter.add(1))
    const session = sync.connect((bytes) => void other.receive(bytes))
    const before = doc.save()
    for (const good of sent.splice(0)) {
      for (let bit = 0; bit < good.length * 8; bit++) {
        const bad = good.slice()
        bad[bit >> 3]! ^= 1 << (bit & 7)
        expect(session.receive(bad)).toBe(false)
      }
      for (let length = 0; length < good.length; length++) expect(session.receive(good.slice(0, length))).toBe(false)
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (blob) => { expect(session.receive(blob)).toBe(false) }), { numRuns: 10_000 })
    expect(doc.save()).toEqual(before)
    expect(session.version).toEqual({})
    expect(sync.stable(['victim', 'peer'])).toEqual({})
  })
})

describe('bytes that nobody made', () => {
  it('are refused, 10 000 of them, with nothing changed', () => {
    const doc = victim()
    const before = doc.save()
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (blob, dressed) => {
      if (dressed && blob.length > 3) blob.set(before.subarray(0, 4))
      refused(doc, blob, before)
    }), { numRuns: 10_000 })
  })

  it('are refused also when their checksum is right, in bounded time and memory', () => {
    const author = createDoc(schema, { actor: 'author' })
    for (const edit of Object.values(edits)) author.change(edit)
    const good = author.save()
    const fields = fc.record({ at: fc.integer({ min: 10, max: good.length - 5 }), byte: fc.nat({ max: 255 }) })
    fc.assert(fc.property(fc.array(fields, { minLength: 1, maxLength: 4 }), (changes) => {
      const doc = victim()
      const bad = good.slice()
      for (const { at, byte } of changes) bad[at] = byte
      // The head's checksum stands where the head ends; it is made right for every place where that might be.
      sealHead(bad, good)
      new DataView(bad.buffer).setUint32(bad.length - 4, checksum(bad, 0, bad.length - 4), true)
      const before = doc.save()
      try {
        doc.apply(bad)
      } catch (error) {
        expect(error).toBeInstanceOf(CrdtError)
        expect(doc.save()).toEqual(before)
        return
      }
      // Forged but well-formed: it is a state like any other, so what came of it can be saved and loaded again.
      expect(loadDoc(schema, doc.save(), { actor: 'reader' }).save()).toEqual(doc.save())
    }), { numRuns: 1500 })
  })

  it('of another document, another schema or a later format say so', () => {
    const doc = victim()
    const before = doc.save()
    const other = createDoc(schema, { actor: 'o', id: 'other' })
    const code = (run: () => unknown): unknown => {
      try { run() } catch (error) { return (error as CrdtError).code }
      return undefined
    }
    expect(code(() => doc.apply(other.change((d) => d.counter.add(1))!))).toBe('wrong-doc')
    const stranger = createDoc(s.doc({ counter: s.counter() }), { actor: 's' })
    const later = other.save()
    later[2] = 2
    new DataView(later.buffer).setUint32(later.length - 4, checksum(later, 0, later.length - 4), true)
    expect(code(() => doc.apply(later))).toBe('version')
    expect(code(() => doc.apply(stranger.change((d) => d.counter.add(1))!))).toBe('wrong-doc')
    expect(() => doc.apply('text' as never)).toThrow(TypeError)
    expect(() => doc.apply([1, 2] as never)).toThrow(TypeError)
    expect(doc.save()).toEqual(before)
  })
})

/** Finds the head's checksum in the good bytes and writes the right one for the changed head. */
function sealHead(bad: Uint8Array, good: Uint8Array): void {
  const view = new DataView(good.buffer, good.byteOffset)
  for (let at = 10; at < good.length - 8; at++) {
    if (view.getUint32(at, true) === checksum(good, 0, at)) new DataView(bad.buffer).setUint32(at, checksum(bad, 0, at), true)
  }
}

describe('wrong values', () => {
  const cyclic: { self?: unknown } = {}
  cyclic.self = cyclic
  it.each([
    ['NaN', NaN, /finite/], ['infinity', Infinity, /finite|JSON/], ['undefined', undefined, /JSON/], ['a function', () => 1, /JSON/], ['a bigint', 1n, /JSON/],
    ['a lone surrogate', 'a\ud800', /surrogate/], ['a lone surrogate inside', [{ k: '\udc00' }], /surrogate/], ['a lone surrogate as key', { '\ud800': 1 }, /surrogate/],
    ['a cycle', cyclic, /contains itself/], ['a Date', new Date(0), /instance of Date/], ['a Map', new Map(), /instance of Map/], ['a hole of undefined', { a: undefined }, /JSON/],
    ['a huge string', 'x'.repeat(1_048_577), /at most/],
  ])('such as %s are refused by a register, and the whole change with them', (_name, value, message) => {
    const doc = victim()
    const before = doc.save()
    expect(() => doc.change((d) => { d.counter.add(5); d.register.set(value as never) })).toThrow(message)
    expect(doc.save()).toEqual(before)
    expect(doc.value.counter).toBe(1)
  })

  it('such as huge or broken keys are refused; __proto__ is a key like any other, and -0 is 0', () => {
    const doc = victim()
    expect(() => doc.change((d) => d.registers.set('k'.repeat(4097), 1))).toThrow(/at most 4096/)
    expect(() => doc.change((d) => d.registers.set('\ud800', 1))).toThrow(/surrogate/)
    expect(() => doc.change((d) => d.registers.set(1 as never, 1))).toThrow(TypeError)
    expect(() => doc.change((d) => d.set.add({} as never))).toThrow(TypeError)
    expect(() => doc.change((d) => d.set.add('k'.repeat(4097)))).toThrow(/at most 4096/)
    expect(() => doc.change((d) => d.set.add('\ud800'))).toThrow(/surrogate/)
    doc.change((d) => {
      d.registers.set('__proto__', { ['__proto__']: 1 })
      d.counters.get('__proto__').add(2)
      d.register.set(-0)
      d.set.add(-0)
    })
    const reader = loadDoc(schema, doc.save(), { actor: 'reader' })
    for (const one of [doc, reader]) {
      expect(Object.keys(one.value.registers)).toContain('__proto__')
      expect(Object.getOwnPropertyDescriptor(one.value.counters, '__proto__')?.value).toBe(2)
      expect(Object.is(one.value.register, 0)).toBe(true)
      expect(one.value.set.some((element) => Object.is(element, 0))).toBe(true)
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it('cannot be changed from outside afterwards', () => {
    const doc = victim()
    const mine = { list: [1] }
    doc.change((d) => d.register.set(mine))
    mine.list.push(2)
    expect(doc.value.register).toEqual({ list: [1] })
    expect(() => (doc.value.register as { list: number[] }).list.push(3)).toThrow(TypeError)
  })
})

describe('wrong use', () => {
  it('of change is refused: async callbacks, nesting, drafts that escape', () => {
    const doc = victim()
    const before = doc.save()
    expect(() => doc.change(async (d) => { d.counter.add(1) })).toThrow(/synchronous/)
    expect(() => doc.change(() => { doc.change(() => {}) })).toThrow(/inside change/)
    expect(() => doc.change(() => { doc.apply(before) })).toThrow(/inside change/)
    let escaped: Draft | undefined
    doc.change((d) => { escaped = d })
    expect(() => escaped!.counter.add(1)).toThrow(/works only inside/)
    expect(doc.save()).toEqual(before)
  })

  it('of options and indices is refused by name', () => {
    expect(() => createDoc(schema, { actor: '' })).toThrow(/actor id/)
    expect(() => createDoc(schema, { actor: 'a', buffersize: 1 } as never)).toThrow(/no option "buffersize"/)
    expect(() => createDoc({} as never, { actor: 'a' })).toThrow(/s\.doc/)
    expect(() => createDoc(schema, { actor: 'a', bufferSize: -1 })).toThrow(RangeError)
    const doc = victim()
    for (const index of [-1, 5, 0.5, NaN]) expect(() => doc.change((d) => d.text.insert(index, 'x'))).toThrow(RangeError)
    expect(() => doc.change((d) => d.text.delete(2, 3))).toThrow(RangeError)
    expect(() => doc.change((d) => d.counter.add(0.5))).toThrow(/whole numbers/)
    expect(() => doc.changesSince({ victim: -1 })).toThrow(TypeError)
  })
})
