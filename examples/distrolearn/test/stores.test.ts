// Promise: strong facts stay exact under repetition, contention and tampering; replicas come back from a crash with all they said.

import { createRandom } from '@distrokit/chaos'
import { createClock } from '@distrokit/hlc'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createExchange, decodeFrame, encodeFrame } from '../src/replica/gossip.ts'
import { openReplicaStore } from '../src/replica/store.ts'
import { createAccess } from '../src/services/access.ts'
import { createFollower } from '../src/services/follower.ts'
import { createLedger } from '../src/services/ledger.ts'
import { createNotes } from '../src/services/notes.ts'
import { createProgress, type ProgressRow } from '../src/services/progress.ts'
import { createSeats } from '../src/services/seats.ts'
import { refundCents } from '../src/sagas/withdraw.ts'
import { verifyAudit } from '../src/stores/audit.ts'
import { openDatabase, type OpenDatabase } from '../src/stores/database.ts'
import { openStrongStore, type StrongStore } from '../src/stores/strong.ts'

const at = (path: string): OpenDatabase => (_name, schema, durability) => openDatabase(path, schema, durability)
let folder: string
let store: StrongStore
const soon = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs))

beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/stores-`)
  store = openStrongStore({ open: at(`${folder}/strong.db`), hybridClock: createClock({ node: 'dublin' }), delay: soon })
})
afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('seats', () => {
  test('are never sold beyond the capacity, whoever asks at once and however often', async () => {
    const seats = createSeats(store)
    await seats.open('c', 5)
    const keys = Array.from({ length: 12 }, (_, index) => `enrol/${index}`)
    const outcomes = await Promise.allSettled([...keys, ...keys].map((key) => seats.reserve('c', key, key)))
    const held = new Set(outcomes.flatMap((outcome, index) => (outcome.status === 'fulfilled' ? [keys[index % keys.length]] : [])))
    expect(held.size).toBe(5)
    expect(await seats.remaining('c')).toMatchObject({ capacity: 5, sold: 5 })
  })

  test('that were given back before a late reservation came stay free', async () => {
    const seats = createSeats(store)
    await seats.open('c', 5)
    await seats.free('enrol/1')
    await expect(seats.reserve('c', 's', 'enrol/1')).rejects.toMatchObject({ code: 'course-full' })
    expect(await seats.remaining('c')).toMatchObject({ sold: 0 })
  })

  test('agree with a plain count after any sequence of steps', async () => {
    const seats = createSeats(store)
    await seats.open('c', 3)
    const held = new Set<string>()
    const spent = new Set<string>()
    const random = createRandom('seats')
    for (let step = 0; step < 300; step += 1) {
      const key = `k${random.integer(0, 30)}`
      if (random() < 0.6) {
        const may = held.has(key) || (!spent.has(key) && held.size < 3)
        expect((await Promise.allSettled([seats.reserve('c', key, key)]))[0]?.status).toBe(may ? 'fulfilled' : 'rejected')
        if (may) held.add(key)
      } else {
        await seats.free(key)
        held.delete(key)
        spent.add(key)
      }
      expect((await seats.remaining('c'))?.sold).toBe(held.size)
    }
  })
})

describe('progress', () => {
  const submission = { course: 'c', student: 's', assessment: 'a', score: 70, day: 3 }

  test('needs access, compares versions, and takes a repetition for what it is', async () => {
    const access = createAccess(store)
    const progress = createProgress(store, access.granted)
    await expect(progress.record(submission, 0)).rejects.toMatchObject({ code: 'not-enrolled' })
    await access.grant('c', 's', 'enrol/1')
    const first = await progress.record(submission, 0)
    expect(await progress.record(submission, 0)).toEqual(first)
    await expect(progress.record({ ...submission, score: 10 }, 0)).rejects.toMatchObject({ code: 'version-conflict', version: 1 })
    expect(await progress.record({ ...submission, score: 90 }, 1)).toMatchObject({ version: 2, score: 90 })
  })

  test('is followed without a gap, in pieces of any size', async () => {
    const progress = createProgress(store, () => true)
    const written: ProgressRow[] = []
    for (let index = 0; index < 25; index += 1) written.push(await progress.record({ ...submission, student: `s${index % 4}`, assessment: `a${index}` }, 0))
    const follower = createFollower()
    let calls = 0
    do {
      const changes = await progress.changes(follower.cursor, 10, () => 'ffff')
      follower.take(changes)
      calls += 1
    } while (follower.asOf !== 'ffff')
    expect(calls).toBe(3)
    expect(['s0', 's1', 's2', 's3'].flatMap((student) => follower.read('c', student, written.at(-1)?.stamp ?? '')?.rows ?? [])).toHaveLength(25)
    expect(follower.read('c', 's0', 'fffff')).toBeUndefined()
    expect(follower.read('c', 'somebody else', '')).toBeUndefined()
  })
})

describe('the ledger', () => {
  test('counts a charge once per key and knows what was paid', async () => {
    const ledger = createLedger(store)
    const entry = { key: 'k', course: 'c', student: 's', kind: 'charge', cents: 500, provider: 'txn-1' } as const
    await Promise.all([ledger.record(entry), ledger.record(entry), ledger.record({ ...entry, key: 'k2', kind: 'refund', cents: 120 })])
    expect(await ledger.paid('c', 's')).toBe(380)
  })

  test('gives back by the day, never more than was paid and never less than nothing', () => {
    expect([refundCents(24_000, -10, 100), refundCents(24_000, 50, 100), refundCents(24_000, 100, 100), refundCents(24_000, 400, 100)]).toEqual([24_000, 12_000, 0, 0])
    fc.assert(
      fc.property(fc.nat(100_000), fc.integer({ min: -400, max: 800 }), fc.integer({ min: 1, max: 400 }), (paid, day, length) => {
        const back = refundCents(paid, day, length)
        expect(Number.isInteger(back) && back >= 0 && back <= paid).toBe(true)
        expect(refundCents(paid, day + 1, length)).toBeLessThanOrEqual(back)
      }),
    )
  })
})

describe('changes that share a commit', () => {
  test('fail alone: what throws leaves nothing behind and its neighbours stand', async () => {
    const ledger = createLedger(store)
    const good = { course: 'c', student: 's', kind: 'charge', cents: 1, provider: 'p' } as const
    const outcomes = await Promise.allSettled([
      ledger.record({ ...good, key: '1' }),
      store.change('broken', () => {
        store.database.run("INSERT INTO ledger (key, course, student, kind, cents, provider, stamp) VALUES ('2', 'c', 's', 'charge', 1, 'p', '')")
        throw new Error('after a write')
      }),
      ledger.record({ ...good, key: '3' }),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(store.database.all('SELECT key FROM ledger ORDER BY key')).toEqual([{ key: '1' }, { key: '3' }])
  })
})

describe('the audit chain', () => {
  const fill = async (): Promise<void> => {
    const seats = createSeats(store)
    await seats.open('c', 50)
    for (let index = 0; index < 20; index += 1) await seats.reserve('c', `s${index}`, `k${index}`)
  }

  test('holds for what the services wrote', async () => {
    await fill()
    expect(verifyAudit(store.database)).toMatchObject({ holds: true, entries: 21 })
  })

  test.each([
    ['a changed fact', "UPDATE audit SET facts = replace(facts, 's7', 's8') WHERE sequence = 9", 9],
    ['a changed stamp', "UPDATE audit SET stamp = '0' WHERE sequence = 4", 4],
    ['an entry taken out', 'DELETE FROM audit WHERE sequence = 5', 6],
    ['the last entries taken out', 'DELETE FROM audit WHERE sequence > 18', 19],
    ['all entries taken out', 'DELETE FROM audit', 1],
    ['the first entry taken out', 'DELETE FROM audit WHERE sequence = 1', 2],
    ['two entries exchanged', 'UPDATE audit SET sequence = CASE sequence WHEN 3 THEN -1 ELSE 3 END WHERE sequence IN (3, 4); UPDATE audit SET sequence = 4 WHERE sequence = -1', 3],
  ])('is broken by %s, and says where', async (_what, tampering, sequence) => {
    await fill()
    for (const statement of tampering.split('; ')) store.database.run(statement)
    expect(verifyAudit(store.database)).toMatchObject({ holds: false, sequence })
  })
})

describe('a replica', () => {
  const open = (path: string, actor: string) => openReplicaStore({ open: at(path), actor, hybridClock: createClock({ node: actor }), now: Date.now })

  test('comes back after a crash with every change that it acknowledged, and goes on without reusing one', () => {
    const path = `${folder}/replica.db`
    const before = open(path, 'virginia')
    for (let index = 0; index < 40; index += 1) before.once(`k${index}`, (draft) => draft.activity.get(`c/s${index % 5}`).add(2))
    // What SIGKILL leaves: the files as they are, the write-ahead log unmerged.
    const crashed = `${folder}/crashed.db`
    for (const suffix of ['', '-wal']) if (existsSync(path + suffix)) copyFileSync(path + suffix, crashed + suffix)
    const after = open(crashed, 'virginia')
    expect(after.replica.digest()).toBe(before.replica.digest())
    expect(after.once('k3', () => 'done again')).not.toBe('done again')
    after.once('new', (draft) => draft.activity.get('c/s0').add(1))
    expect(after.replica.version()['virginia']).toBe(Number(before.replica.version()['virginia'] ?? 0) + 1)
    before.close()
    after.close()
  })

  test('agrees with its peers after gossip, also when one of them came back older and frames were lost', () => {
    const stores = ['dublin', 'virginia', 'singapore'].map((actor) => open(`${folder}/${actor}.db`, actor))
    const exchanges = stores.map((replica) => createExchange(replica, () => []))
    const random = createRandom('gossip')
    for (let round = 0; round < 120; round += 1) {
      if (round === 70) {
        // Virginia is killed: what it heard from others was never on its disk, and its peers do not know that yet.
        for (const suffix of ['', '-wal']) if (existsSync(`${folder}/virginia.db${suffix}`)) copyFileSync(`${folder}/virginia.db${suffix}`, `${folder}/again.db${suffix}`)
        stores[1]?.close()
        const again = open(`${folder}/again.db`, 'virginia')
        stores[1] = again
        exchanges[1] = createExchange(again, () => [])
      }
      const from = random.integer(0, 2)
      const to = (from + random.integer(1, 2)) % 3
      stores[from]?.once(`k${round}`, (draft) => draft.activity.get(`c/s${random.integer(0, 3)}`).add(1))
      const offer = exchanges[from]?.offer(`${to}`) ?? new Uint8Array()
      if (random() < 0.3) continue
      const answer = exchanges[to]?.answer(offer)
      if (answer === undefined || random() < 0.3) continue
      exchanges[from]?.accept(`${to}`, answer.reply)
    }
    for (let round = 0; round < 3; round += 1) {
      for (const [from, to] of [[0, 1], [1, 2], [2, 0]] as const) {
        const answer = exchanges[to]?.answer(exchanges[from]?.offer(`${to}`) ?? new Uint8Array())
        if (answer !== undefined) exchanges[from]?.accept(`${to}`, answer.reply)
      }
    }
    expect(new Set(stores.map(({ replica }) => replica.digest())).size).toBe(1)
    for (const replica of stores) replica.close()
  })

  test('takes no frame that is damaged', () => {
    const frame = encodeFrame({ header: { version: { a: 1 }, base: {}, forget: [] }, delta: Uint8Array.of(1, 2, 3) })
    expect(decodeFrame(frame)).toEqual({ header: { version: { a: 1 }, base: {}, forget: [] }, delta: Uint8Array.of(1, 2, 3) })
    for (let length = 0; length < frame.length - 3; length += 1) expect(() => decodeFrame(frame.subarray(0, length)), `cut at ${length}`).toThrow()
    expect(() => decodeFrame(encodeFrame({ header: { version: { a: 'x' }, base: {}, forget: [] } as never, delta: undefined }))).toThrow(RangeError)
  })
})

test('shared notes stay under their bound, and give up whole lines from the top', () => {
  const replica = openReplicaStore({ open: at(`${folder}/notes.db`), actor: 'a', hybridClock: createClock({ node: 'a' }), now: Date.now })
  const notes = createNotes(replica)
  for (let index = 0; index < 60; index += 1) notes.append(`line ${index} ${'x'.repeat(300)}`, `n${index}`)
  expect(notes.read().length).toBeLessThanOrEqual(notes.bound)
  expect(notes.read()).toMatch(/^line \d+ x/)
  expect(notes.read()).toContain('line 59')
  replica.close()
})
