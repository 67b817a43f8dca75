/**
 * What every store must do, as cases for any test runner: `for (const { name, run } of conformance) test(name, () => run(open))`.
 * `open` gives a fresh, empty store; a case closes what it opened.
 */
import assert from 'node:assert/strict'
import { systemClock } from '../../ground/clock.ts'
import type { Entry } from '../../ground/log.ts'
import type { Loaded, NewSaga, Store, Taken, Write, Written } from '../../ground/store.ts'

export interface StoreCase {
  readonly name: string
  run(open: () => Store | Promise<Store>): Promise<void>
}

const LEASE = 60_000

const create = (id: string, more: Partial<NewSaga> = {}, entries: readonly Entry[] = [note('first')]): Write => ({
  id, epoch: 1, seq: 0, entries, create: { name: 'saga', input: '"in"', owner: 'a', leaseMs: LEASE, ...more },
})
const note = (text: string): Entry => ({ kind: 'note', text })
const append = (id: string, epoch: number, seq: number, more: Partial<Write> = {}): Write => ({ id, epoch, seq, entries: [note(`${id} ${seq}`)], ...more })
const end = (id: string, epoch: number, seq: number): Write => append(id, epoch, seq, { patch: { state: 'completed', result: '1', release: { wakeAt: undefined } }, unlock: true })

const pass = (ms: number): Promise<void> => new Promise((resolve) => void systemClock.after(ms, resolve))

async function one(store: Store, write: Write): Promise<Written> {
  return (await store.commit([write]))[0] as Written
}

async function states(store: Store, writes: readonly Write[]): Promise<string[]> {
  return (await store.commit(writes)).map((each) => each.state)
}

async function take(store: Store, owner: string, more: { gone?: string[]; limit?: number; names?: string[]; ids?: string[] } = {}): Promise<Taken> {
  return store.take({ names: ['saga'], owner, leaseMs: LEASE, limit: 10, ...more })
}

async function texts(store: Store, id: string): Promise<string[]> {
  const loaded = await store.read(id) as Loaded
  return loaded.log.flatMap((record) => record.entries.map((entry) => (entry.kind === 'note' ? entry.text : entry.kind)))
}

const cases: Record<string, (store: Store) => Promise<void>> = {
  async 'a saga is created once; the second time its row is given back and nothing is kept'(store) {
    assert.deepEqual(await states(store, [create('x')]), ['written'])
    const again = await one(store, create('x', { input: '"other"' }, [note('second')]))
    assert.equal(again.state, 'exists')
    assert.equal(again.state === 'exists' && again.row.input, '"in"')
    assert.deepEqual(await texts(store, 'x'), ['first'])
  },
  async 'a row comes back as it was given'(store) {
    await store.commit([create('x', { parent: { id: 'p', ord: 3 }, deadlineMs: 5_000, trace: '00-ab-cd-01', input: '{"a":"ü\\u0000\'"}' })])
    const { row } = await store.read('x') as Loaded
    assert.deepEqual(row.parent, { id: 'p', ord: 3 })
    assert.equal(row.trace, '00-ab-cd-01')
    assert.equal(row.input, '{"a":"ü\\u0000\'"}')
    assert.ok(Math.abs((row.deadlineAt as number) - row.createdAt - 5_000) < 100)
    assert.deepEqual([row.state, row.epoch, row.owner, row.takes, row.result], ['running', 1, 'a', 0, undefined])
    assert.equal(await store.read('nobody'), undefined)
  },
  async 'entries come back in order, whatever is in them'(store) {
    await store.commit([create('x')])
    const odd = '\u0000 \' " \\ \n ü 💡 $1 ?'
    await store.commit([append('x', 1, 1, { entries: [note(odd), { kind: 'done', ord: 0, value: '{"$":1}' }] })])
    await store.commit([append('x', 1, 2)])
    const { log } = await store.read('x') as Loaded
    assert.deepEqual(log.map((record) => record.seq), [0, 1, 2])
    assert.deepEqual(log[1]?.entries, [note(odd), { kind: 'done', ord: 0, value: '{"$":1}' }])
  },
  async 'a write under an old epoch keeps nothing, and its neighbours in the batch are not touched by that'(store) {
    await store.commit([create('x', { owner: undefined }), create('y')])
    await take(store, 'b')
    assert.deepEqual(await states(store, [
      append('x', 1, 1, { patch: { state: 'stuck' }, post: [{ to: 'y', letter: { kind: 'retry' } }], emit: [{ topic: 't', key: 'k', value: '1' }] }),
      append('y', 1, 1),
      append('nobody', 1, 1),
    ]), ['fenced', 'written', 'fenced'])
    assert.deepEqual(await texts(store, 'x'), ['first'])
    assert.deepEqual(await texts(store, 'y'), ['first', 'y 1'])
    assert.equal((await store.read('x'))?.row.state, 'running')
    assert.equal((await store.read('y'))?.mail.length, 0)
    assert.equal((await store.outbox?.({ owner: 'a', leaseMs: LEASE, limit: 10 }) ?? []).length, 0)
    assert.deepEqual(await states(store, [append('x', 2, 1)]), ['written'])
  },
  async 'a patch or a letter read under an old epoch is refused as well'(store) {
    await store.commit([create('x', { owner: undefined })])
    await take(store, 'b')
    assert.deepEqual(await states(store, [{ id: 'x', epoch: 1, seq: 0, entries: [], patch: { release: { wakeAt: 0 } } }]), ['fenced'])
    assert.equal((await store.read('x'))?.row.owner, 'b')
  },
  async 'a write made again is answered the same and changes nothing'(store) {
    await store.commit([create('x')])
    const write = append('x', 1, 1, { emit: [{ topic: 't', key: 'k', value: '1' }], post: [{ to: 'x', letter: { kind: 'retry' } }] })
    assert.deepEqual(await states(store, [write]), ['written'])
    assert.deepEqual(await states(store, [write]), ['written'])
    assert.deepEqual(await texts(store, 'x'), ['first', 'x 1'])
    assert.equal((await store.read('x'))?.mail.length, 1)
  },
  async 'what is held is not taken; what is free or due is taken with its log, its mail and a new epoch'(store) {
    await store.commit([create('held'), create('free', { owner: undefined }), create('other', { owner: undefined, name: 'another saga' })])
    await store.post('free', { kind: 'signal', name: 's', value: '1' })
    const taken = await take(store, 'b')
    assert.deepEqual(taken.sagas.map(({ row }) => [row.id, row.epoch, row.owner, row.takes]), [['free', 2, 'b', 1]])
    assert.deepEqual(taken.sagas[0]?.log.flatMap((record) => record.entries), [note('first')])
    assert.deepEqual(taken.sagas[0]?.mail.map((mail) => [mail.number, mail.letter.kind]), [[1, 'signal']])
    assert.equal(taken.sagas[0]?.from, undefined)
    assert.equal((await take(store, 'c')).sagas.length, 0)
  },
  async 'what a dead owner held is taken at once, and it is said from whom'(store) {
    await store.commit([create('x'), create('y', { owner: 'b' })])
    assert.deepEqual([...await store.owners()].sort(), ['a', 'b'])
    const taken = await take(store, 'c', { gone: ['a'] })
    assert.deepEqual(taken.sagas.map(({ row, from }) => [row.id, from]), [['x', 'a']])
  },
  async 'a lease that ran out is taken over'(store) {
    await store.commit([create('x', { leaseMs: 1 })])
    await pass(5)
    assert.deepEqual((await take(store, 'b')).sagas.map(({ row, from }) => [row.id, from]), [['x', 'a']])
  },
  async 'no more are taken than asked for, the longest due first'(store) {
    for (const id of ['c', 'b', 'a']) {
      await store.commit([create(id, { owner: undefined })])
      await pass(2)
    }
    assert.deepEqual((await take(store, 'b', { limit: 2 })).sagas.map(({ row }) => row.id), ['c', 'b'])
  },
  async 'a beat keeps what is ours and names what is not'(store) {
    await store.commit([create('x', { leaseMs: 1 }), create('y'), create('z', { owner: undefined })])
    await take(store, 'b', { limit: 1 })
    const lost = await store.beat('a', [{ id: 'x', epoch: 1 }, { id: 'y', epoch: 1 }, { id: 'nobody', epoch: 1 }], LEASE)
    assert.ok(lost.includes('nobody') && !lost.includes('y'))
    assert.ok(((await store.read('y'))?.row.wakeAt as number) > (await take(store, 'c')).now)
  },
  async 'a saga that lets go is woken at its time, or never'(store) {
    await store.commit([create('x'), create('y')])
    const { now } = await take(store, 'b')
    await store.commit([
      append('x', 1, 1, { patch: { state: 'waiting', release: { wakeAt: now + 50 } } }),
      append('y', 1, 1, { patch: { state: 'waiting', release: { wakeAt: undefined } } }),
    ])
    const early = await take(store, 'b')
    assert.equal(early.sagas.length, 0)
    assert.ok(early.nextMs !== undefined && early.nextMs <= 50)
    await pass(70)
    assert.deepEqual((await take(store, 'b')).sagas.map(({ row, from }) => [row.id, row.state, from]), [['x', 'waiting', undefined]])
  },
  async 'a saga may end, or let go, with its very first record, alone or in company'(store) {
    const ended = (id: string): Write => ({ ...create(id), patch: { state: 'completed', result: '7', release: { wakeAt: undefined } } })
    const asleep = (id: string): Write => ({ ...create(id), patch: { state: 'waiting', release: { wakeAt: 1 } } })
    await one(store, ended('a'))
    await one(store, asleep('b'))
    await store.commit([ended('c'), asleep('d'), create('e')])
    const rows = await store.list({ limit: 9 })
    assert.deepEqual(rows.map(({ id, state, result, owner }) => [id, state, result, owner]), [
      ['a', 'completed', '7', undefined], ['b', 'waiting', undefined, undefined], ['c', 'completed', '7', undefined], ['d', 'waiting', undefined, undefined], ['e', 'running', undefined, 'a'],
    ])
    assert.deepEqual((await take(store, 'b')).sagas.map(({ row }) => row.id).sort(), ['b', 'd'])
  },
  async 'a letter wakes a saga that nobody holds, and waits for one that is held'(store) {
    await store.commit([create('x'), create('y')])
    await store.commit([append('x', 1, 1, { patch: { state: 'waiting', release: { wakeAt: undefined } } })])
    assert.equal(await store.post('x', { kind: 'signal', name: 'a', value: '1' }), true)
    assert.equal(await store.post('y', { kind: 'signal', name: 'b', value: '2' }), true)
    assert.equal(await store.post('nobody', { kind: 'retry' }), false)
    assert.deepEqual((await take(store, 'b')).sagas.map(({ row }) => row.id), ['x'])
    assert.deepEqual((await store.mail('a')).map((mail) => [mail.saga, mail.number]), [['y', 1]])
  },
  async 'a letter that comes while a saga lets go is not overlooked'(store) {
    await store.commit([create('x')])
    await store.post('x', { kind: 'signal', name: 'a', value: '1' })
    await store.commit([append('x', 1, 1, { read: 1, patch: { release: { wakeAt: undefined } } })])
    assert.equal((await take(store, 'b')).sagas.length, 0)
    await store.post('x', { kind: 'signal', name: 'a', value: '2' })
    const [taken] = (await take(store, 'b')).sagas as [Loaded]
    assert.deepEqual(taken.mail.map((mail) => mail.number), [2])
    await store.post('x', { kind: 'signal', name: 'a', value: '3' })
    await store.commit([append('x', 2, 2, { read: 2, patch: { release: { wakeAt: undefined } } })])
    assert.deepEqual((await take(store, 'b')).sagas.map(({ mail }) => mail.map((each) => each.number)), [[3]])
  },
  async 'a completion that is made again is answered the same and tells nobody twice, and the log goes on behind it'(store) {
    await store.commit([create('parent'), create('x', { owner: undefined })])
    const [{ row: { epoch } }] = (await take(store, 'b')).sagas as [Loaded]
    const done = { ...end('x', epoch, 1), post: [{ to: 'parent', letter: { kind: 'retry' } as const }] }
    assert.deepEqual([...await states(store, [done]), ...await states(store, [done])], ['written', 'written'])
    assert.equal((await store.mail('a')).length, 1)
    assert.equal(await store.post('x', { kind: 'undo', reason: 'r' }), true)
    const [again] = (await take(store, 'c')).sagas as [Loaded]
    assert.deepEqual(await states(store, [append('x', epoch, 2), append('parent', 1, 1)]), ['fenced', 'written'])
    await store.commit([append('x', again.row.epoch, 2, { patch: { state: 'compensated', release: { wakeAt: undefined } }, read: 1 })])
    const { log } = await store.read('x') as Loaded
    assert.deepEqual(log.map(({ seq, entries }) => [seq, entries]), [[0, [note('first')]], [1, [note('x 1')]], [2, [note('x 2')]]])
    assert.deepEqual(log.map(({ at }) => at), log.map(({ at }) => at).toSorted((a, b) => a - b))
  },
  async 'a saga that has ended takes no letters but an undo, and only if it completed'(store) {
    await store.commit([create('x'), create('y')])
    await store.commit([end('x', 1, 1), append('y', 1, 1, { patch: { state: 'compensated', release: { wakeAt: undefined } } })])
    assert.equal(await store.post('x', { kind: 'cancel', reason: '' }), false)
    assert.equal(await store.post('y', { kind: 'undo', reason: '' }), false)
    assert.equal((await take(store, 'b')).sagas.length, 0)
    assert.equal(await store.post('x', { kind: 'undo', reason: '' }), true)
    assert.deepEqual((await take(store, 'b')).sagas.map(({ row }) => [row.id, row.state, row.result]), [['x', 'completed', '1']])
  },
  async 'progress is what takes are counted since'(store) {
    await store.commit([create('x', { owner: undefined })])
    await take(store, 'b')
    await store.commit([append('x', 2, 1, { patch: { takes: 0 } })])
    assert.equal((await store.read('x'))?.row.takes, 0)
  },
  async 'sagas are listed in pages, by state and by name, in the order of the bytes of their ids'(store) {
    await store.commit(['a', 'b', 'c', 'd', 'Z'].map((id) => create(id, { name: id === 'd' ? 'other' : 'saga' })))
    await store.commit([end('b', 1, 1)])
    const ids = async (query: Parameters<Store['list']>[0]): Promise<string[]> => (await store.list(query)).map((row) => row.id)
    assert.deepEqual(await ids({ limit: 3 }), ['Z', 'a', 'b'])
    assert.deepEqual(await ids({ limit: 3, after: 'b' }), ['c', 'd'])
    assert.deepEqual(await ids({ limit: 9, state: 'completed' }), ['b'])
    assert.deepEqual(await ids({ limit: 9, state: 'running', name: 'saga' }), ['Z', 'a', 'c'])
    assert.deepEqual(await ids({ limit: 1, state: 'running', after: 'a' }), ['c'])
    assert.deepEqual(await ids({ limit: 9, state: 'stuck' }), [])
    assert.deepEqual(await ids({ limit: 9, state: 'completed', name: 'other' }), [])
  },
  async 'locks are held in order of arrival and pass on when a saga ends'(store) {
    await store.commit(['a', 'b', 'c'].map((id) => create(id)))
    const lock = async (id: string, seq: number): Promise<readonly string[]> => {
      const written = await one(store, append(id, 1, seq, { lock: ['l'] }))
      return written.state === 'written' ? written.held ?? [] : []
    }
    assert.deepEqual(await lock('a', 1), ['l'])
    assert.deepEqual(await lock('b', 1), [])
    assert.deepEqual(await lock('c', 1), [])
    assert.deepEqual(await lock('a', 2), ['l'])
    await store.commit([end('b', 1, 2)])
    await store.commit([end('a', 1, 3)])
    assert.deepEqual((await store.mail('a')).map((mail) => [mail.saga, mail.letter]), [['c', { kind: 'lock', name: 'l' }]])
    assert.deepEqual(await lock('c', 2), ['l'])
  },
  async 'the outbox gives a saga\'s messages in order, to one reader at a time'(store) {
    if (store.outbox === undefined || store.sent === undefined) return
    await store.commit([create('x', {}, []), create('y', {}, [])])
    await store.commit([append('x', 1, 0, { emit: [{ topic: 't', key: 'x1', value: '1' }, { topic: 't', key: 'x2', value: '2' }] })])
    const read = async (leaseMs = LEASE): Promise<readonly { readonly number: number; readonly key: string }[]> => (await store.outbox?.({ owner: 'a', leaseMs, limit: 10 })) ?? []
    const first = await read()
    assert.deepEqual(first.map((each) => each.key), ['x1', 'x2'])
    await store.commit([append('x', 1, 1, { emit: [{ topic: 't', key: 'x3', value: '3' }] }), append('y', 1, 0, { emit: [{ topic: 't', key: 'y1', value: '1' }] })])
    assert.deepEqual((await read()).map((each) => each.key), ['y1'])
    await store.sent(first.map((each) => each.number))
    assert.deepEqual((await read()).map((each) => each.key), ['x3'])
  },
  async 'named sagas are taken whoever holds them, and adopted as they stand'(store) {
    await store.commit([create('held'), create('asleep'), create('other')])
    await store.commit([append('asleep', 1, 1, { patch: { state: 'waiting', release: { wakeAt: undefined } } })])
    await store.post('held', { kind: 'retry' })
    const taken = await take(store, 'm', { ids: ['held', 'asleep'], names: [] })
    assert.deepEqual(taken.sagas.map(({ row }) => [row.id, row.epoch]).sort(), [['asleep', 2], ['held', 2]])
    assert.deepEqual(await states(store, [append('held', 1, 1)]), ['fenced'])
    const [held] = taken.sagas.filter(({ row }) => row.id === 'held') as [Loaded]
    assert.equal(await store.adopt(held, []), false)
    const moved: Loaded = { ...held, row: { ...held.row, id: 'moved', owner: undefined, wakeAt: 1, state: 'waiting' } }
    assert.equal(await store.adopt(moved, ['l']), true)
    const copy = await store.read('moved') as Loaded
    assert.deepEqual([copy.row.epoch, copy.row.state, copy.log.length, copy.mail.map((mail) => mail.number)], [2, 'waiting', 1, [1]])
    assert.equal(await store.post('moved', { kind: 'retry' }), true)
    assert.deepEqual((await take(store, 'n')).sagas.map(({ row, mail }) => [row.id, mail.map((each) => each.number)]), [['moved', [1, 2]]])
    assert.deepEqual(await states(store, [append('moved', 3, 1)]), ['written'])
  },
  async 'a transaction keeps its work and its record together, or neither'(store) {
    if (store.transact === undefined) return
    await store.commit([create('x')])
    const kept = await store.transact(() => append('x', 1, 1), () => 'value')
    assert.deepEqual([kept.written.state, kept.value], ['written', 'value'])
    await assert.rejects(store.transact(() => append('x', 1, 2), () => { throw new Error('no') }), /no/)
    const fenced = await store.transact(() => append('x', 7, 2), () => 1)
    assert.equal(fenced.written.state, 'fenced')
    assert.deepEqual(await texts(store, 'x'), ['first', 'x 1'])
    assert.deepEqual(await states(store, [append('x', 1, 2)]), ['written'])
  },
  async 'many writers at once lose nothing'(store) {
    await Promise.all(Array.from({ length: 20 }, async (_, index) => {
      const id = `s${index}`
      await store.commit([create(id)])
      for (let seq = 1; seq <= 5; seq++) assert.deepEqual(await states(store, [append(id, 1, seq)]), ['written'])
    }))
    for (let index = 0; index < 20; index++) assert.equal((await store.read(`s${index}`))?.log.length, 6)
  },
}

/** The cases that every store must pass. */
export const conformance: readonly StoreCase[] = Object.entries(cases).map(([name, check]) => ({
  name,
  async run(open) {
    const store = await open()
    try {
      await check(store)
    } finally {
      await store.close?.()
    }
  },
}))
