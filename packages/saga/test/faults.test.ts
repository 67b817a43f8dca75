/** A real PostgreSQL behind a wire that breaks: connections cut in the middle, and a COMMIT whose answer never comes. Nothing is lost, nothing is made twice. */
import { createTcpProxy } from '@distrokit/chaos/tcp'
import { createEngine, saga, type Engine, type Handle } from '@distrokit/saga'
import { postgresStore, type PgClient } from '@distrokit/saga/postgres'
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'

const url = new URL(process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test')
const straight = new pg.Pool({ connectionString: url.href, max: 2, connectionTimeoutMillis: 2_000 })
const problem = await straight.query('SELECT 1').then(() => undefined, (error: Error) => error.message || String(error))
if (problem !== undefined) {
  console.warn(`SKIPPED: no PostgreSQL at ${url.href} (${problem}); set POSTGRES_URL, or REQUIRE_SERVICES=1 to make this a failure`)
  test.runIf(process.env['REQUIRE_SERVICES'] === '1')('PostgreSQL is there', () => { throw new Error(`no PostgreSQL at ${url.href}: ${problem}`) })
}
const schemas: string[] = []
afterAll(async () => {
  for (const schema of schemas) await straight.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await straight.end()
})

/** A store whose every byte goes over a wire that can be cut and stalled. */
async function wired() {
  const proxy = await createTcpProxy({ host: url.hostname, port: Number(url.port === '' ? 5432 : url.port) })
  const through = new URL(url)
  through.host = `127.0.0.1:${proxy.port}`
  const pool = new pg.Pool({ connectionString: through.href, max: 4, connectionTimeoutMillis: 1_000 })
  // An idle connection that breaks is the pool's to replace.
  pool.on('error', () => {})
  const schema = `saga_faults_${process.pid}_${schemas.length}`
  schemas.push(schema)
  const store = postgresStore({ pool, schema })
  await store.ready()
  return { proxy, store, schema, close: () => Promise.all([pool.end(), proxy[Symbol.asyncDispose]()]) }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))

/** A caller who asks again until it is answered, as callers do. */
async function insist<Output>(ask: () => Promise<Handle<Output>>): Promise<Handle<Output>> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if ((error as { code?: string }).code !== 'store' && (error as { code?: string }).code !== 'lease-lost') throw error
      await pause(20)
    }
  }
}

async function outcome(engine: Engine, id: string): Promise<unknown> {
  for (;;) {
    try {
      return await engine.result(id)
    } catch (error) {
      if ((error as { code?: string }).code !== 'store') throw error
      await pause(20)
    }
  }
}

/** Every intent and outcome of a log, each of which may be there only once. */
async function told(schema: string): Promise<string[]> {
  const { rows } = await straight.query<{ id: string; entries: string }>(`SELECT id, opening AS entries FROM ${schema}.saga WHERE opening IS NOT NULL
    UNION ALL SELECT id, closing FROM ${schema}.saga WHERE closing IS NOT NULL
    UNION ALL SELECT s.id, l.entries FROM ${schema}.saga s JOIN ${schema}.saga_log l ON l.saga = s.key`)
  return rows.flatMap(({ id, entries }) => (JSON.parse(entries) as { kind: string; ord?: number }[]).map((entry) => `${id} ${entry.kind} ${entry.ord}`))
}

describe.skipIf(problem !== undefined)('PostgreSQL over a broken wire', () => {
  const SAGAS = 20

  function orders(effects: Map<string, number>) {
    const act = (key: string): Promise<void> => {
      effects.set(key, (effects.get(key) ?? 0) + 1)
      return pause(5)
    }
    return saga('order', async ({ step, id }, fails: boolean) => {
      await step('hold', ({ key }) => act(key), ({ key }) => act(key))
      await step('charge', ({ key }) => act(key), ({ key }) => act(key))
      await step('ship', async ({ key }) => {
        await act(key)
        if (fails) throw new Error('no truck')
      }, ({ key }) => act(key))
      return id
    })
  }

  async function through(weather: (wire: Awaited<ReturnType<typeof wired>>) => Promise<void>): Promise<void> {
    const wire = await wired()
    const effects = new Map<string, number>()
    const order = orders(effects)
    const engine = createEngine({ sagas: [order], store: wire.store, leaseMs: 600, pollMs: 50, random: () => 0.5 })
    const storm = weather(wire)
    const ids = Array.from({ length: SAGAS }, (_, index) => `order-${index}`)
    const ends = await Promise.all(ids.map(async (id, index) => {
      await insist(() => engine.start(order, index % 4 === 3, { id }))
      return outcome(engine, id).catch((error: { undone: readonly string[] }) => error.undone)
    }))
    await storm
    expect(ends).toEqual(ids.map((id, index) => (index % 4 === 3 ? ['ship', 'charge', 'hold'] : id)))
    const entries = await told(wire.schema)
    expect(new Set(entries).size).toBe(entries.length)
    expect(entries.filter((entry) => entry.includes(' end ')).length).toBe(SAGAS)
    // Each effect was made; again only by a life that could not know.
    expect([...effects.keys()].filter((key) => key.endsWith(':do')).length).toBe(SAGAS * 3)
    expect([...effects.keys()].filter((key) => key.endsWith(':undo')).length).toBe((SAGAS / 4) * 3)
    await engine.close()
    await wire.close()
  }

  test('that is cut again and again, every saga ends as it should', () => through(async ({ proxy }) => {
    for (let cuts = 0; cuts < 12; cuts++) {
      await pause(23)
      proxy.sever()
    }
  }), 60_000)

  test('that is gone for longer than a lease, every saga ends as it should', () => through(async ({ proxy }) => {
    await pause(40)
    proxy.set({ cut: true })
    await pause(1_500)
    proxy.set({ cut: false })
  }), 60_000)

  test('that answers with silence, COMMITs that were made are known for what they are when they are made again', () => through(async ({ proxy }) => {
    for (let silences = 0; silences < 3; silences++) {
      // What was asked is on its way; its answer will not come back in time.
      proxy.set({ latencyMs: 15 })
      await pause(25)
      proxy.set({ stall: true })
      await pause(900)
      proxy.sever()
      proxy.set({ stall: false, latencyMs: 0 })
      await pause(60)
    }
  }), 60_000)

  test('a step in the database\'s own transaction happens exactly once, though the answer to its COMMIT is lost', async () => {
    const { proxy, store, schema, close } = await wired()
    await straight.query(`CREATE TABLE ${schema}.account (cents int); INSERT INTO ${schema}.account VALUES (100)`)
    let silent = true
    const pay = saga('pay', ({ step }) => step.tx('take', async (tx: PgClient) => {
      await tx.query({ text: `UPDATE ${schema}.account SET cents = cents - 30` })
      if (!silent) return
      silent = false
      // The record and COMMIT still get there; the way back is slow enough to be cut first.
      proxy.set({ latencyMs: 60 })
      setTimeout(() => {
        proxy.sever()
        proxy.set({ latencyMs: 0 })
      }, 400)
    }))
    const engine = createEngine({ sagas: [pay], store, leaseMs: 600, pollMs: 50 })
    await insist(() => engine.start(pay, null, { id: 'x' }))
    await outcome(engine, 'x')
    expect((await straight.query(`SELECT cents FROM ${schema}.account`)).rows).toEqual([{ cents: 70 }])
    await engine.close()
    await close()
  }, 60_000)
})
