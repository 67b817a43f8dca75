/** The conformance suite and whole sagas on a real PostgreSQL. Without one these are skipped and say so; with REQUIRE_SERVICES=1 that is a failure. */
import { createEngine, saga, type SagaFailed } from '@distrokit/saga'
import { postgresStore, type PgClient } from '@distrokit/saga/postgres'
import { conformance } from '@distrokit/saga/testing'
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { failure } from './bench-top.ts'

const url = process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test'
const pool = new pg.Pool({ connectionString: url, max: 8, connectionTimeoutMillis: 2_000 })
const prefix = `saga_test_${process.pid}`
const problem = await pool.query('SELECT 1').then(() => undefined, (error: Error) => error.message || String(error))
if (problem !== undefined) {
  console.warn(`SKIPPED: no PostgreSQL at ${url} (${problem}); set POSTGRES_URL, or REQUIRE_SERVICES=1 to make this a failure`)
  test.runIf(process.env['REQUIRE_SERVICES'] === '1')('PostgreSQL is there', () => { throw new Error(`no PostgreSQL at ${url}: ${problem}`) })
}

let schemas = 0
const open = () => postgresStore({ pool, schema: `${prefix}_${schemas++}` })
afterAll(async () => {
  if (problem === undefined) for (let index = 0; index < schemas; index++) await pool.query(`DROP SCHEMA IF EXISTS ${prefix}_${index} CASCADE`)
  await pool.end()
})

describe.skipIf(problem !== undefined)('PostgreSQL', () => {
  for (const { name, run } of conformance) test(name, () => run(open))

  test('runs sagas, undoes them, and lets one worker take over from another', async () => {
    const store = open()
    const effects: string[] = []
    const definition = saga('s', async ({ step }, fails: boolean) => {
      await step('a', ({ key }) => effects.push(key), ({ key }) => effects.push(key))
      await step('b', ({ key }) => {
        effects.push(key)
        if (fails) throw new Error('no')
      }, ({ key }) => effects.push(key))
    })
    const engine = createEngine({ sagas: [definition], store })
    await (await engine.start(definition, false, { id: 'x' })).result()
    await failure<SagaFailed>((await engine.start(definition, true, { id: 'y' })).result())
    expect(effects).toEqual(['x:0:do', 'x:1:do', 'y:0:do', 'y:1:do', 'y:1:undo', 'y:0:undo'])
    await Promise.all(Array.from({ length: 100 }, async (_, index) => (await engine.start(definition, false, { id: `many-${index}` })).result()))
    expect(new Set(effects).size).toBe(6 + 200)
    expect(effects.length).toBe(6 + 200)
    await engine.close()
  })

  test('refuses the tables of another program, of a build before the first release, and of a newer version by name, and changes nothing', async () => {
    const foreign = open()
    const schema = `${prefix}_${schemas - 1}`
    await pool.query(`CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.saga (id text PRIMARY KEY, epoch int4)`)
    expect(await failure(foreign.ready())).toMatchObject({ code: 'store', message: expect.stringMatching(/'saga' of another program, or of a version before the first release; give the store a schema of its own/) })
    expect((await pool.query(`SELECT table_name FROM information_schema.tables WHERE table_schema = '${schema}'`)).rows).toEqual([{ table_name: 'saga' }])
    // What was in the way is gone: the store asks again at its next use.
    await pool.query(`DROP TABLE ${schema}.saga`)
    expect(await foreign.read('x')).toBeUndefined()

    await pool.query(`UPDATE ${schema}.saga_meta SET version = 99`)
    expect(await failure(postgresStore({ pool, schema }).ready())).toMatchObject({ code: 'store', message: expect.stringMatching(/tables of version 99, this package knows version 1; update the older/) })
  })

  test('several stores may make the tables at the same time', async () => {
    open()
    const schema = `${prefix}_${schemas - 1}`
    await Promise.all(Array.from({ length: 6 }, () => postgresStore({ pool, schema }).ready()))
    expect((await pool.query(`SELECT version FROM ${schema}.saga_meta`)).rows).toEqual([{ version: 1 }])
  })

  test('pages come in the order of bytes also where the database sorts as a language does', async () => {
    const name = `${prefix}_en`
    await pool.query(`CREATE DATABASE ${name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en' LOCALE 'C.UTF-8'`)
    const there = new pg.Pool({ connectionString: Object.assign(new URL(url), { pathname: name }).href, max: 2 })
    try {
      expect((await there.query(`SELECT 'a' < 'Z' AS as_a_language`)).rows).toEqual([{ as_a_language: true }])
      await conformance.find(({ name }) => name.includes('in the order of the bytes'))?.run(() => postgresStore({ pool: there }))
    } finally {
      await there.end()
      await pool.query(`DROP DATABASE ${name}`)
    }
    expect.assertions(1)
  })

  describe('with much that is finished, also where the server has no statistics of it yet', () => {
    const asked: { readonly text: string; readonly values?: readonly unknown[] }[] = []
    const listening = new Proxy(pool, {
      get: (target, key) => (key === 'query' ? (query: { readonly text: string }) => (asked.push(query), target.query(query as never)) : Reflect.get(target, key, target)),
    })

    /** Sagas that wait to be taken beside many rows of a table that the server has never looked at. */
    async function among(table: 'saga' | 'saga_log', rows: string) {
      open()
      const schema = `${prefix}_${schemas - 1}`
      const store = postgresStore({ pool: listening, schema })
      await store.ready()
      await pool.query(`ALTER TABLE ${schema}.${table} SET (autovacuum_enabled = false); INSERT INTO ${schema}.${table} ${rows} FROM generate_series(1, 200000) i`)
      const create = { name: 'x', input: '1', owner: undefined, leaseMs: 1000 }
      await store.commit(Array.from({ length: 50 }, (_, index) => ({ id: `s${index}`, epoch: 1, seq: 0, entries: [], create })))
      asked.length = 0
      return store
    }

    const plans = async (): Promise<string> => (await Promise.all(asked.map(async ({ text, values }) => (
      (await pool.query(`EXPLAIN ${text}`, values as unknown[])).rows.map((row) => row['QUERY PLAN'] as string).join('\n')
    )))).join('\n\n')

    test('logs are read by the key', async () => {
      const store = await among('saga_log', `SELECT 1e6 + i / 2, 0, i % 2, 1, '[]'`)
      expect((await store.take({ names: ['x'], owner: 'w', leaseMs: 1000, limit: 50 })).sagas.length).toBe(50)
      const plan = await plans()
      expect(plan).toMatch(/Index (Only )?Scan (using|on) saga_log_pkey/)
      expect(plan).not.toMatch(/Seq Scan on saga_log/)
    })

    test('pages are read by the key, in the order of bytes; those of the unfinished by indexes without what has finished', async () => {
      const store = await among('saga', `(id, name, input, state, epoch, created_at, updated_at) SELECT 'f' || i, 'x', '1', 'completed', 1, 0, 0`)
      await store.commit([{ id: 'S', epoch: 1, seq: 0, entries: [], create: { name: 'x', input: '1', owner: undefined, leaseMs: 1000 } }])
      asked.length = 0
      expect((await store.list({ limit: 2 })).map(({ id }) => id)).toEqual(['S', 'f1'])
      expect((await store.list({ state: 'completed', after: 'f', limit: 1 })).map(({ id }) => id)).toEqual(['f1'])
      expect(await store.list({ state: 'stuck', limit: 3 })).toEqual([])
      // That hardly any of them will wake, the server has to see first.
      await pool.query(`ANALYZE ${prefix}_${schemas - 1}.saga`)
      expect((await store.list({ state: 'running', limit: 3 })).map(({ id }) => id)).toEqual(['S', 's0', 's1'])
      const plan = await plans()
      expect(plan).not.toMatch(/Seq Scan/)
      for (const [index, times] of [['saga_pkey', 2], ['saga_parked', 1], ['saga_wake', 1]] as const) expect(plan.match(new RegExp(`Scan (using|on) ${index}`, 'g'))?.length).toBe(times)
    })
  })

  test('step.tx keeps the step\'s rows and its record together', async () => {
    const store = open()
    await store.ready()
    const schema = `${prefix}_${schemas - 1}`
    await pool.query(`CREATE TABLE ${schema}.account (name text PRIMARY KEY, cents int CHECK (cents >= 0)); INSERT INTO ${schema}.account VALUES ('ada', 100)`)
    const pay = saga('pay', async ({ step }, { cents, fails }: { cents: number; fails?: boolean }) => {
      await step.tx('take', async (tx: PgClient) => void (await tx.query({ text: `UPDATE ${schema}.account SET cents = cents - $1`, values: [cents] })),
        async (tx) => void (await tx.query({ text: `UPDATE ${schema}.account SET cents = cents + $1`, values: [cents] })))
      if (fails) throw new Error('no')
    })
    const engine = createEngine({ sagas: [pay], store })
    await (await engine.start(pay, { cents: 30 })).result()
    await failure((await engine.start(pay, { cents: 20, fails: true })).result())
    expect(await failure<SagaFailed>((await engine.start(pay, { cents: 500 })).result())).toMatchObject({ undone: [], cause: { code: '23514' } })
    expect((await pool.query(`SELECT cents FROM ${schema}.account`)).rows).toEqual([{ cents: 70 }])
    await engine.close()
  })

  test('connections that break in the middle, and COMMITs whose answer is lost, delay a saga and undo nothing', async () => {
    const store = open()
    await store.ready()
    let broken = 0
    const shaky = { ...store, commit: async (writes: Parameters<typeof store.commit>[0]) => {
      if (writes.some((write) => write.create === undefined) && broken++ % 3 !== 2) {
        // Every other time the commit was made and only its answer is lost.
        if (broken % 2 === 0) await store.commit(writes)
        throw new Error('connection reset')
      }
      return store.commit(writes)
    } }
    const effects: string[] = []
    const definition = saga('s', async ({ step }) => {
      for (const name of ['a', 'b', 'c']) await step(name, ({ key }) => effects.push(key), () => effects.push('undone'))
    })
    const engine = createEngine({ sagas: [definition], store: shaky })
    await (await engine.start(definition, null, { id: 'x' })).result()
    expect(effects).toEqual(['x:0:do', 'x:1:do', 'x:2:do'])
    await engine.close()
  })

  test('a server that cannot be reached is a StoreError', async () => {
    const nowhere = new pg.Pool({ connectionString: 'postgres://nobody@127.0.0.1:1/none', connectionTimeoutMillis: 500 })
    const definition = saga('s', ({ step }) => step('a', () => 1))
    const engine = createEngine({ sagas: [definition], store: postgresStore({ pool: nowhere }) })
    expect(await failure(engine.start(definition, null))).toMatchObject({ code: 'store' })
    await engine.close()
    await nowhere.end()
  })

  test('wrong options are refused', () => {
    expect(() => postgresStore({ pool: {} as never })).toThrow(/Pool of pg/)
    expect(() => postgresStore({ pool, schema: 'x"; DROP' })).toThrow(/plain identifier/)
  })
})
