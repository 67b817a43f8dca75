/** The SQLite store on a real file: transactions of the user's, several processes, bad files. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createEngine, saga, type SagaFailed } from '@distrokit/saga'
import { sqliteStore } from '@distrokit/saga/sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SQL } from '../src/adapters/sqlite/schema.ts'
import { collect, failure } from './bench-top.ts'

let folder: string
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'saga-sqlite-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const path = (): string => join(folder, 'sagas.db')

describe('step.tx', () => {
  test('keeps the step\'s rows and its record together; its undo too', async () => {
    const store = sqliteStore({ path: path() })
    store.database.exec('CREATE TABLE account (name TEXT PRIMARY KEY, cents INTEGER NOT NULL CHECK (cents >= 0)); INSERT INTO account VALUES (\'ada\', 100), (\'bob\', 0)')
    const balance = (): unknown => store.database.prepare('SELECT cents FROM account ORDER BY name').all().map((row) => row['cents'])
    const seen: unknown[] = []
    const pay = saga('pay', async ({ step }, { cents, fails }: { cents: number; fails?: boolean }) => {
      const taken = await step.tx('take', async (tx: DatabaseSync) => {
        tx.prepare('UPDATE account SET cents = cents - ? WHERE name = \'ada\'').run(cents)
        await Promise.resolve()
        tx.prepare('UPDATE account SET cents = cents + ? WHERE name = \'bob\'').run(cents)
        return cents
      }, (tx, { output }) => {
        seen.push(output)
        tx.exec(`UPDATE account SET cents = cents + ${output} WHERE name = 'ada'; UPDATE account SET cents = cents - ${output} WHERE name = 'bob'`)
      })
      if (fails) throw new Error('no')
      return taken
    })
    const engine = createEngine({ sagas: [pay], store })
    expect(await (await engine.start(pay, { cents: 30 })).result()).toBe(30)
    expect(balance()).toEqual([70, 30])
    expect(await failure<SagaFailed>((await engine.start(pay, { cents: 20, fails: true })).result())).toMatchObject({ undone: ['take'] })
    expect(balance()).toEqual([70, 30])
    const error = await failure<SagaFailed>((await engine.start(pay, { cents: 500 })).result())
    expect(error).toMatchObject({ undone: [], cause: { message: expect.stringContaining('CHECK') } })
    expect(balance()).toEqual([70, 30])
    expect(seen).toEqual([20])
    // Side by side with sagas that share commits, each still exactly once.
    await Promise.all(Array.from({ length: 20 }, async () => (await engine.start(pay, { cents: 1 })).result()))
    expect(balance()).toEqual([50, 50])
    await engine.close()
    store.close()
  })

  test('on a store without transactions says so', async () => {
    const { memoryStore } = await import('@distrokit/saga')
    const pay = saga('pay', ({ step }) => step.tx('take', () => 1))
    const engine = createEngine({ sagas: [pay], store: memoryStore() })
    expect((await failure<SagaFailed>((await engine.start(pay, null)).result())).cause).toMatchObject({ message: expect.stringContaining('no transactions') })
    await engine.close()
  })
})

test('a saga started inside a transaction of the caller\'s is there if that commits, and was never there if not', async () => {
  const store = sqliteStore({ path: path() })
  const ran: string[] = []
  const definition = saga('s', ({ step, id }) => step('a', () => ran.push(id)))
  const engine = createEngine({ sagas: [definition], store, pollMs: 20 })
  const own = new DatabaseSync(path())
  own.exec('CREATE TABLE orders (id TEXT)')
  for (const [id, fate] of [['kept', 'COMMIT'], ['dropped', 'ROLLBACK']] as const) {
    own.exec(`BEGIN IMMEDIATE; INSERT INTO orders VALUES ('${id}')`)
    await engine.start(definition, null, { id, tx: own })
    own.exec(fate)
  }
  await engine.result('kept')
  expect(await engine.get('dropped')).toBeUndefined()
  expect(ran).toEqual(['kept'])
  own.close()
  await engine.close()
  store.close()
})

describe('several processes on one file', () => {
  test('share the work, take over from one that is killed, and nothing is lost', async () => {
    const world = join(folder, 'world.txt')
    writeFileSync(world, '')
    const script = join(import.meta.dirname, 'kill', 'victim.ts')
    const start = (mode: string) => spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', script, path(), world, mode, '40'], { stdio: ['ignore', 'ignore', 'inherit'] })
    const exited = (child: ReturnType<typeof start>): Promise<unknown> => new Promise((resolve) => child.once('exit', resolve))
    const first = start('run')
    const lines = (): string[] => readFileSync(world, 'utf8').trim().split('\n').filter(Boolean)
    while (lines().length < 10) await new Promise((resolve) => void setTimeout(resolve, 2))
    const others = [start('recover'), start('recover')]
    const ended = Promise.all(others.map(exited))
    first.kill('SIGKILL')
    await ended
    const store = sqliteStore({ path: path() })
    const reader = createEngine({ sagas: [], store })
    const sagas = await collect(reader.list())
    for (const { id, state } of sagas) {
      const odd = Number(id.slice('order-'.length)) % 2 === 1
      expect(state).toBe(odd ? 'compensated' : 'completed')
      const keys = new Set(lines().filter((line) => line.startsWith(`${id}:`)).map((line) => line.split(' ')[0]))
      expect(keys.size).toBe(odd ? 6 : 3)
    }
    await reader.close()
    store.close()
  })
})

describe('a file that is not ours', () => {
  test('is refused with a sentence: no database, another program\'s table, a newer version', () => {
    writeFileSync(path(), 'this is no database, and long enough to be looked at as one '.repeat(20))
    expect(() => sqliteStore({ path: path() })).toThrow(expect.objectContaining({ code: 'store', message: expect.stringContaining('could not be opened') }))
    const foreign = join(folder, 'foreign.db')
    new DatabaseSync(foreign).exec('CREATE TABLE saga (tale TEXT)')
    expect(() => sqliteStore({ path: foreign })).toThrow(/another program's/)
    const newer = join(folder, 'newer.db')
    sqliteStore({ path: newer }).close()
    new DatabaseSync(newer).exec('UPDATE saga_meta SET version = 99')
    expect(() => sqliteStore({ path: newer })).toThrow(/newer version/)
    expect(() => sqliteStore({ path: join(folder, 'no', 'such', 'folder.db') })).toThrow(/could not be opened/)
  })

  test('that was damaged is a StoreError, and nothing is undone because of it', async () => {
    const step = saga('s', ({ step }) => step('a', () => 1, () => { throw new Error('must not be undone') }))
    const store = sqliteStore({ path: path() })
    const engine = createEngine({ sagas: [step], store })
    await (await engine.start(step, null, { id: 'x' })).result()
    store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    await engine.close()
    store.close()
    const bytes = readFileSync(path())
    bytes.fill(0x5a, 4096)
    writeFileSync(path(), bytes)
    let caught: unknown
    try {
      const damaged = sqliteStore({ path: path() })
      const reader = createEngine({ sagas: [step], store: damaged })
      caught = await failure(reader.get('x'))
      await reader.close()
      damaged.close()
    } catch (error) {
      caught = error
    }
    expect(caught).toMatchObject({ code: 'store' })
  })
})

test('a full disk fails the start with a StoreError, keeps what was there, and lets it go on when there is room', async () => {
  const definition = saga('s', ({ step }, text: string) => step('a', () => text.length))
  const store = sqliteStore({ path: path() })
  const engine = createEngine({ sagas: [definition], store })
  await (await engine.start(definition, 'small', { id: 'x' })).result()
  const pages = store.database.prepare('PRAGMA page_count').get()?.['page_count'] as number
  store.database.exec(`PRAGMA max_page_count = ${pages}`)
  const error = await failure(engine.start(definition, 'large'.repeat(50_000), { id: 'y' }))
  expect(error).toMatchObject({ code: 'store', message: expect.stringContaining('full') })
  expect(await engine.get('x')).toMatchObject({ state: 'completed', output: 5 })
  store.database.exec('PRAGMA max_page_count = 1000000')
  expect(await (await engine.start(definition, 'large'.repeat(50_000), { id: 'y' })).result()).toBe(250_000)
  await engine.close()
  store.close()
})

test('looking for work never looks at what has finished: each question is answered from the index of what will wake', () => {
  const store = sqliteStore({ path: path() })
  const plans = (['due', 'next', 'owners', 'bury'] as const).map((name) => {
    const plan = store.database.prepare(`EXPLAIN QUERY PLAN ${SQL[name]}`).all().map((row) => String(row['detail']))
    return plan.filter((detail) => /\bsaga\b/.test(detail)).join()
  })
  for (const plan of plans) expect(plan).toContain('saga_wake')
  store.close()
})

test('pages of the unfinished come from indexes without what has finished, all others through the key', () => {
  const store = sqliteStore({ path: path() })
  const planOf = (name: keyof typeof SQL): string => store.database.prepare(`EXPLAIN QUERY PLAN ${SQL[name]}`).all().map((row) => String(row['detail'])).join()
  expect(planOf('list')).toMatch(/^SEARCH saga USING PRIMARY KEY \(id>\?\)$/)
  expect(planOf('listParked')).toMatch(/^SEARCH saga USING INDEX saga_parked \(state=\? AND id>\?\)$/)
  expect(planOf('listRunning')).toContain('saga_wake')
  store.close()
})
