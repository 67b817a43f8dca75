/** Collection of garbage by agreement, against twins that never forget: nobody can see the difference, whoever sleeps, restarts, loses messages or is removed. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covers, createDoc, loadDoc, s, type Doc, type DraftOf, type VersionVector } from '../src/index.ts'
import { createSync, type Session, type Sync, type SyncEvent } from '../src/sync.ts'
import { createContext, dotOf, include } from '../src/core/context.ts'
import { isSettled } from '../src/core/epoch.ts'
import { encodeRecord } from '../src/core/frame.ts'
import { GONE, type SequenceNode } from '../src/core/sequence.ts'
import { insideOf } from '../src/inside.ts'
import { createUndo } from '../src/undo.ts'

const schema = s.doc({
  note: s.text(),
  rows: s.list<number>(),
  rights: s.removeWinsSet<string>(),
  tags: s.set<string>(),
  title: s.register(''),
  counts: s.map(s.counter()),
  cards: s.movableList(s.register('')),
  tree: s.tree(s.record({ name: s.text() })),
})
type Replica = Doc<typeof schema>
type Draft = DraftOf<typeof schema>

const action = fc.record({ what: fc.nat(11), pick: fc.nat(99) })
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never

/** Items have names of their own, so that it can be told which is which: every character of a text is another, every number of a list. */
let items = 0
const fresh = (): string => String.fromCodePoint(0x4e00 + (items++ % 20_000))

/** What a person does, told by what is there and not by where: a twin may have put things that were written at once in another order. */
function intent({ note, rows, cards, tree }: Replica['value'], { what, pick }: Action): (d: Draft) => void {
  const behind = <T>(list: readonly T[]): T | undefined => list[(pick % (list.length + 1)) - 1]
  const after = <T>(list: readonly T[], item: T | undefined): number => (item === undefined ? 0 : list.indexOf(item) + 1)
  if (what <= 1) {
    const left = behind([...note])
    const text = Array.from({ length: 1 + (pick % 5) }, fresh).join('')
    return (d) => d.note.insert(after([...d.note.value], left), text)
  }
  if (what <= 3) {
    const from = pick % (note.length + 1)
    const gone = [...note].slice(from, from + 1 + (pick % 4))
    return (d) => { for (const one of gone) d.note.delete(d.note.value.indexOf(one), 1) }
  }
  if (what === 4) {
    const left = behind(rows)
    const added = [items++, items++]
    return (d) => d.rows.insert(after(d.rows.value, left), ...added)
  }
  if (what === 5) {
    const gone = rows[pick % (rows.length || 1)]
    return (d) => { if (gone !== undefined) d.rows.delete(d.rows.value.indexOf(gone)) }
  }
  if (what === 6) return (d) => d.rights.add(`r${pick % 3}`)
  if (what === 7) return (d) => void d.rights.delete(`r${pick % 3}`)
  if (what === 8) return (d) => { if (!d.tags.delete(`t${pick % 3}`)) d.tags.add(`t${pick % 3}`); d.title.set(`${pick}`) }
  if (what === 9) return (d) => void (pick % 3 > 0 ? d.counts.get(`k${pick % 2}`).add(pick) : d.counts.delete(`k${pick % 2}`))
  if (what === 10) {
    const card = cards[pick % (cards.length || 1)]
    const left = behind(cards.filter((one) => one !== card))
    const added = fresh()
    return (d) => {
      if (card === undefined || pick % 3 === 0) d.cards.insert(after(d.cards.value, left), added)
      else if (pick % 3 === 1) d.cards.move(d.cards.value.indexOf(card), after(d.cards.value.filter((one) => one !== card), left))
      else d.cards.delete(d.cards.value.indexOf(card))
    }
  }
  const ids = tree.map(({ id }) => id)
  return (d) => {
    if (ids.length < 2) d.tree.get(d.tree.insert(null)).name.insert(0, 'n')
    else if (pick % 2 === 0) d.tree.move(ids[0]!, ids[1]!)
    else d.tree.delete(ids[pick % ids.length]!)
  }
}

/** Which of two items came first, as any reader has ever seen it. Nobody may see it otherwise. */
function createOrder() {
  const seen = new Set<string>()
  return (list: readonly unknown[]): void => {
    for (const [at, one] of list.entries()) {
      for (const other of list.slice(at + 1)) {
        if (seen.has(`${other} ${one}`)) expect(list).toEqual(`${other} before ${one}, as somebody has seen them`)
        seen.add(`${one} ${other}`)
      }
    }
  }
}

/** What must be alike whatever the order of things that were written at once. */
const loose = ({ note, rows, cards, ...rest }: Replica['value']): unknown => ({ ...rest, note: [...note].sort(), rows: [...rows].sort(), cards: [...cards].sort() })

const NAMES = ['lead', 'b', 'c'] as const

/** One replica, and its twin: the same operations, known at the same time, but nothing is ever forgotten. */
interface Pair { doc: Replica; sync: Sync; twin: Replica }

function world(names: readonly string[]) {
  /** Every change of a twin, with the operations that it is. */
  const changes: { bytes: Uint8Array; part: VersionVector }[] = []
  const stale: string[] = []
  const problems: string[] = []
  const shown = new WeakMap<object, string>()
  const order = createOrder()
  let fate: 'now' | 'lost' = 'now'
  const waiting: (() => void)[] = []
  const listen = (actor: string) => (event: SyncEvent): void => {
    if (event.type === 'stale') stale.push(actor)
    if (event.type === 'refused') problems.push(String(event.error))
  }
  const open = (actor: string, doc: Replica, nonce: number): Sync => {
    const sync = createSync(doc, { random: () => nonce, members: names, collectAfter: 1e9 })
    sync.onEvent(listen(actor))
    doc.subscribe(() => { shown.set(doc, JSON.stringify(doc.value)) })
    sync.onEvent(({ type }) => { if (type === 'collected') if (JSON.stringify(loadDoc(schema, doc.save(), { actor: 'reader' }).value) !== (shown.get(doc) ?? shown.set(doc, JSON.stringify(doc.value)).get(doc))) problems.push('a collection was seen') })
    return sync
  }
  let lives = 1
  /** Of all, one edit after the other: replicas that count by themselves would count differently where a twin has heard of what is gone, and two writes at once be decided otherwise. */
  let time = 1
  const clock = { now: () => ({ ms: time, count: 0, node: '' }) }
  const pairs: Pair[] = names.map((actor) => {
    const doc = createDoc(schema, { actor, clock })
    return { doc, sync: open(actor, doc, lives++ / 1000), twin: createDoc(schema, { actor, clock }) }
  })
  let links: { left: Session; right: Session; a: number; b: number }[] = []
  const post = (to: () => Session) => (bytes: Uint8Array): void => {
    const copy = bytes.slice()
    if (fate === 'now') waiting.push(() => void to().receive(copy))
  }
  function link(a: number, b: number): void {
    cut(a, b)
    const left: Session = pairs[a]!.sync.connect(post(() => right))
    const right: Session = pairs[b]!.sync.connect(post(() => left))
    links.push({ left, right, a, b })
    left.hello()
  }
  function cut(a: number, b: number): void {
    for (const one of links.filter((link) => (link.a === a && link.b === b) || (link.a === b && link.b === a))) {
      one.left[Symbol.dispose]()
      one.right[Symbol.dispose]()
    }
    links = links.filter((link) => !((link.a === a && link.b === b) || (link.a === b && link.b === a)))
  }
  return {
    pairs, link, cut, stale, problems, waiting,
    lose: (lost: boolean) => { fate = lost ? 'lost' : 'now' },
    carry: (most = Infinity) => { for (let left = most; left > 0 && waiting.length > 0; left--) waiting.shift()!() },
    hello: () => { for (const { left } of links) left.hello() },
    edit(index: number, one: Action): void {
      const { doc, twin } = pairs[index]!
      this.follow(index)
      const run = intent(doc.value, one)
      time++
      doc.edit(run)
      const before = twin.version()
      const bytes = twin.change(run)
      if (bytes === undefined) return
      const from = (before[twin.actor] as number | undefined) ?? 0
      const to = twin.version()[twin.actor] as number
      changes.push({ bytes, part: { [twin.actor]: from === 0 ? to : [0, from + 1, to] } })
    },
    /** The twin hears what its replica has heard, and must show the same. */
    follow(index: number): void {
      const { doc, twin } = pairs[index]!
      const version = doc.version()
      for (const { bytes, part } of changes) if (covers(version, part) && !covers(twin.version(), part)) twin.apply(bytes)
      expect(twin.version()).toEqual(version)
      expect(loose(doc.value)).toEqual(loose(twin.value))
      order([...doc.value.note])
      order(doc.value.rows)
    },
    restart(index: number): void {
      const pair = pairs[index]!
      for (const other of pairs.keys()) if (other !== index) cut(index, other)
      pair.sync[Symbol.dispose]()
      pair.doc = loadDoc(schema, pair.doc.save(), { actor: pair.doc.actor, clock })
      pair.twin = loadDoc(schema, pair.twin.save(), { actor: pair.doc.actor, clock })
      pair.sync = open(pair.doc.actor, pair.doc, lives++ / 1000)
    },
  }
}

const index = fc.nat(2)
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ type: fc.constant('edit' as const), index, action }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('carry' as const), most: fc.nat(12) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('collect' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('all' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('link' as const), a: index, b: index }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('lose' as const), lost: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('restart' as const), index }) },
)

function run(steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[], asleep: number | undefined): { epochs: number; bytes: [number, number] } {
  const here = world(NAMES)
  const awake = (one: number): boolean => one !== asleep
  const heal = (): void => {
    here.lose(false)
    here.carry()
    for (const [a, b] of [[0, 1], [0, 2], [1, 2]] as const) if (awake(a) && awake(b)) here.link(a, b)
    for (let round = 0; round < 3; round++) {
      here.hello()
      here.carry()
    }
  }
  heal()
  for (const one of steps) {
    if (one.type === 'edit') here.edit(one.index, one.action)
    else if (one.type === 'carry') here.carry(one.most)
    else if (one.type === 'collect') here.pairs[0]!.sync.collect()
    else if (one.type === 'all') heal()
    else if (one.type === 'link' && one.a !== one.b && awake(one.a) && awake(one.b)) here.link(one.a, one.b)
    else if (one.type === 'lose') here.lose(one.lost)
    else if (one.type === 'restart') here.restart(one.index)
    for (const at of NAMES.keys()) here.follow(at)
  }
  heal()
  here.pairs[0]!.sync.collect()
  heal()
  heal()
  for (const at of NAMES.keys()) here.follow(at)
  const [lead, ...others] = here.pairs
  expect([here.stale, here.problems]).toEqual([[], []])
  for (const [at, { doc }] of others.entries()) if (awake(at + 1)) expect([doc.epoch, doc.version()]).toEqual([lead!.doc.epoch, lead!.doc.version()])
  for (const [at, { doc }] of others.entries()) if (awake(at + 1)) expect(doc.save()).toEqual(lead!.doc.save())
  return { epochs: lead!.doc.epoch, bytes: [lead!.doc.save().length, lead!.twin.save().length] }
}

describe('collection by agreement', () => {
  it('changes nothing that a reader sees, under loss, restarts and writing all the while, and ends in equal bytes', () => {
    let collected = 0
    fc.assert(fc.property(fc.array(step, { maxLength: 50, size: 'max' }), (steps) => { collected += run(steps, undefined).epochs }), { numRuns: 120 })
    expect(collected).toBeGreaterThan(60)
  })

  it('waits for what a member made before it heard of the last one, also when the messages that told of it were lost', () => {
    const edit = (index: number, what: number, pick: number) => ({ type: 'edit' as const, index, action: { what, pick } })
    const [all, collect] = [{ type: 'all' as const }, { type: 'collect' as const }]
    expect(run([edit(0, 10, 0), edit(0, 10, 4), all, collect, edit(0, 0, 0), collect, { type: 'lose', lost: true }, edit(1, 0, 0), { type: 'carry', most: 3 }], undefined).epochs).toBe(2)
  })

  it('waits for a member that sleeps all the while, and changes nothing for anybody', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 30, size: 'max' }), (steps) => { expect(run(steps, 2).epochs).toBe(0) }), { numRuns: 60 })
  })

  it('leaves nothing of what was deleted', () => {
    const here = world(NAMES)
    const [lead, b] = here.pairs as [Pair, Pair, Pair]
    for (const [a, z] of [[0, 1], [0, 2]] as const) here.link(a, z)
    here.carry()
    lead.doc.edit((d) => { d.note.insert(0, 'x'.repeat(2000)); for (let index = 0; index < 100; index++) d.rights.add(`${index}`) })
    here.carry()
    b.doc.edit((d) => { for (let index = 0; index < 1000; index++) d.note.delete(index, 1); for (let index = 0; index < 100; index++) d.rights.delete(`${index}`) })
    here.carry()
    const before = lead.doc.save().length
    expect(lead.sync.collect()).toBe(true)
    here.carry()
    expect(here.pairs.map(({ doc }) => doc.epoch)).toEqual([1, 1, 1])
    expect(lead.doc.save().length).toBeLessThan(before)
    lead.doc.edit((d) => d.note.delete(0, d.note.length))
    here.carry()
    for (let round = 0; round < 2; round++) {
      lead.sync.collect()
      here.carry()
    }
    expect(lead.doc.value.note).toBe('')
    expect(lead.doc.save().length).toBeLessThan(120)
  })
})

describe('the leader', () => {
  it('does not begin another epoch before everybody is in the last one', () => {
    const here = world(NAMES)
    const [lead] = here.pairs as [Pair]
    for (const other of [1, 2]) here.link(0, other)
    here.carry()
    lead.doc.edit((d) => d.note.insert(0, 'xyz'))
    lead.doc.edit((d) => d.note.delete(1, 1))
    here.carry()
    lead.sync.collect()
    while (lead.doc.epoch === 0) here.carry(1)
    expect(lead.sync.collect()).toBe(true)
    expect(here.pairs.map(({ doc }) => doc.epoch)).toEqual([1, 0, 0])
    here.carry()
    expect(here.pairs.map(({ doc }) => doc.epoch)).toEqual([2, 2, 2])
    expect([here.stale, here.problems]).toEqual([[], []])
  })
})

describe('a removed member', () => {
  const own = fc.array(action.filter(({ what }) => what < 10 && what !== 6 && what !== 7), { minLength: 1, maxLength: 12 })
  it('that comes back too late is told so, and its work is kept on top of the others’', () => {
    fc.assert(fc.property(fc.array(action, { maxLength: 15 }), own, fc.array(action, { maxLength: 15 }), (before, offline, meanwhile) => {
      const here = world(NAMES)
      const [lead, , c] = here.pairs as [Pair, Pair, Pair]
      const meet = (...others: number[]): void => {
        for (const other of others) here.link(0, other)
        here.carry()
        here.hello()
        here.carry()
      }
      meet(1, 2)
      for (const [at, one] of before.entries()) { here.edit(at % 3, one); here.carry() }
      lead.doc.edit((d) => { d.rights.add('r'); d.note.insert(0, '<>'); d.counts.get('total').add(5) })
      here.carry()
      here.cut(0, 2)
      const counted = c.doc.value.counts['total']!
      for (const one of offline) c.doc.edit(intent(c.doc.value, one))
      c.doc.edit((d) => { d.note.insert(d.note.length, '[offline]'); d.counts.get('total').add(7); d.tags.add('offline') })
      for (const one of meanwhile) lead.doc.edit(intent(lead.doc.value, one))
      lead.doc.edit((d) => { d.note.insert(0, '[lead]'); if (d.note.value.includes('<')) d.note.delete(d.note.value.indexOf('<'), 1); else d.rights.delete('r'); d.counts.get('total').add(11) })
      here.carry()
      lead.sync.setMembers(['lead', 'b'])
      lead.sync.collect()
      here.carry()
      here.hello()
      here.carry()
      expect(lead.doc.epoch).toBe(1)
      let state: Uint8Array | undefined
      c.sync.onEvent((event) => { if (event.type === 'stale') state = event.state })
      meet(2)
      expect(state).toBeDefined()

      const healed = loadDoc(schema, c.sync.rebase('c2', state!), { actor: 'c2' })
      const line = (sync: Sync): void => {
        const left: Session = lead.sync.connect((bytes) => void right.receive(bytes))
        const right: Session = sync.connect((bytes) => void left.receive(bytes))
        left.hello()
      }
      const mended = createSync(healed, { random: () => 0.9 })
      line(mended)
      here.carry()
      expect(healed.save()).toEqual(lead.doc.save())
      expect(lead.doc.value.note).toContain('[offline]')
      expect(lead.doc.value.note).toContain('[lead]')
      expect(lead.doc.value.tags).toContain('offline')
      expect(lead.doc.value.counts['total']).toBe(counted + 7 + 11)
      healed.edit((d) => { d.counts.get('total').add(1); d.note.insert(0, 'on') })
      expect(lead.doc.save()).toEqual(healed.save())
    }), { numRuns: 60 })
  })
})

describe('the law of epochs', () => {
  const note = s.doc({ note: s.text(), rows: s.list<number>() })
  const move = fc.record({ who: fc.nat(2), from: fc.nat(2), at: fc.nat(9), what: fc.nat(9) })

  it('forgetting and joining commute, also for what was written without knowing all of the cut', () => {
    let gone = 0
    fc.assert(fc.property(fc.array(move, { minLength: 10, maxLength: 60, size: 'max' }), (moves) => {
      const docs = NAMES.map((actor) => createDoc(note, { actor }))
      const sent: Uint8Array[][] = NAMES.map(() => [])
      const heard = NAMES.map(() => NAMES.map(() => 0))
      for (const { who, from, at, what } of moves) {
        const doc = docs[who]!
        if (what < 4 && who !== from) {
          // In the order of their making, so that nobody has gaps; what waits for another author's change is tried again with the next.
          const next = sent[from]![heard[who]![from]!]
          if (next !== undefined && doc.apply(next).pending === 0) heard[who]![from]!++
          continue
        }
        const { length } = doc.value.note
        const bytes = doc.change((d) => {
          if (what < 7 || length === 0) d.note.insert(at % (length + 1), fresh())
          else d.note.delete(at % length, 1)
        })!
        sent[who]!.push(bytes)
      }
      const replicas = docs.map((doc) => insideOf(doc).replica)
      const heads = new Map(NAMES.map((id) => [id, Math.min(...docs.map((doc) => (doc.version()[id] as number | undefined) ?? 0))]))
      const items = replicas.map((replica) => (replica.root as unknown as { children: Map<string, SequenceNode> }).children.get('note')!.items)
      const isGone = (id: string, seq: number): boolean => replicas.every((replica, at) => items[at]!.get(dotOf(replica.actors.indices.get(id) ?? 1e6, seq))?.value === GONE)
      const [first] = replicas as [typeof replicas[0]]
      const cut = createContext()
      const garbage: { actor: number; from: number; to: number }[] = []
      for (const [id, head] of heads) {
        const actor = first!.actors.indices.get(id)
        if (actor === undefined || head === 0) continue
        include(cut, actor, 1, head)
        for (let seq = 1; seq <= head; seq++) if (isGone(id, seq)) garbage.push({ actor, from: seq, to: seq })
      }
      // A tombstone may be known only through its deletion; then no cut is laid, and the leader waits.
      if (!replicas.every((replica, at) => { const own = createContext(); for (const [id, head] of heads) if (head > 0) include(own, replica.actors.indices.get(id)!, 1, head); return isSettled(replicas[at]!, own) })) return
      gone += garbage.length
      const record = encodeRecord(first!, cut, garbage)
      const joined = loadDoc(note, docs[0]!.save(), { actor: 'joined' })
      for (const doc of docs) joined.apply(doc.save())
      const value = joined.value
      joined.apply(record)
      expect(joined.value).toEqual(value)
      for (const doc of docs) doc.apply(record)
      for (const doc of docs) for (const other of docs) { const lacked = other.changesSince(doc.version()); if (lacked !== undefined) doc.apply(lacked) }
      for (const doc of docs) expect(doc.value).toEqual(value)
      for (const doc of docs) expect(doc.save()).toEqual(joined.save())
    }), { numRuns: 400 })
    expect(gone).toBeGreaterThan(100)
  })
})

describe('undo across a collection', () => {
  it('brings back what was deleted and then forgotten', () => {
    const doc = createDoc(schema, { actor: 'lead' })
    const sync = createSync(doc, { members: ['lead'] })
    doc.edit((d) => d.note.insert(0, 'one two three'))
    const undo = createUndo(doc)
    doc.edit((d) => d.note.delete(4, 4))
    expect(sync.collect()).toBe(true)
    expect([doc.epoch, doc.value.note]).toEqual([1, 'one three'])
    undo.undo()
    expect(doc.value.note).toBe('one two three')
    undo.redo()
    expect(doc.value.note).toBe('one three')
  })
})
