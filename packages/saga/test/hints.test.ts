/** Hints between processes on a real PostgreSQL: with them, what another process leaves is looked at within milliseconds; without, with the next poll. */
import { createEngine, saga, type Engine } from '@distrokit/saga'
import { postgresStore, type PgListener } from '@distrokit/saga/postgres'
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'

const url = process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test'
const pool = new pg.Pool({ connectionString: url, max: 6, connectionTimeoutMillis: 2_000 })
const schema = `saga_hints_${process.pid}`
const problem = await pool.query('SELECT 1').then(() => undefined, (error: Error) => error.message || String(error))
if (problem !== undefined) {
  console.warn(`SKIPPED: no PostgreSQL at ${url} (${problem}); set POSTGRES_URL, or REQUIRE_SERVICES=1 to make this a failure`)
  test.runIf(process.env['REQUIRE_SERVICES'] === '1')('PostgreSQL is there', () => { throw new Error(`no PostgreSQL at ${url}: ${problem}`) })
}
afterAll(async () => {
  if (problem === undefined) await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await pool.end()
})

/** So far apart that a poll cannot be what helps. */
const POLL_MS = 600_000
const listeners: pg.Client[] = []
const listening: Promise<void>[] = []
const hints = (): PgListener => {
  const client = new pg.Client({ connectionString: url })
  const heard = Promise.withResolvers<void>()
  listeners.push(client)
  listening.push(heard.promise)
  return {
    connect: () => client.connect(),
    query: (text) => client.query(text).then(() => heard.resolve()),
    end: () => client.end(),
    on: (event, run) => client.on(event as 'end', run),
  }
}
const approve = saga('approve', async ({ signal }) => signal<string>('verdict'))
const engine = (): Engine => createEngine({ sagas: [approve], store: postgresStore({ pool, schema, hints }), pollMs: POLL_MS, leaseMs: POLL_MS * 4 })

describe.skipIf(problem !== undefined)('hints', () => {
  test('a signal left by another process wakes a saga that is held, and one that is parked', async () => {
    const [holder, teller] = [engine(), engine()]
    const run = await holder.start(approve, null, { id: 'held' })
    await teller.signal('held', 'verdict', 'yes')
    expect(await run.result()).toBe('yes')
    await Promise.all([holder.close(), teller.close()])
  })

  test('a worker that closes hands its sagas on, and another takes them at once', async () => {
    const turns: string[] = []
    const slow = saga('slow', ({ step }) => step('a', ({ signal, epoch }) => new Promise<number>((resolve, reject) => {
      turns.push(`epoch ${epoch}`)
      if (epoch > 1) resolve(epoch)
      else signal.addEventListener('abort', () => reject(signal.reason as Error))
    })))
    const worker = (): Engine => createEngine({ sagas: [slow], store: postgresStore({ pool, schema, hints }), pollMs: POLL_MS, leaseMs: POLL_MS * 4, closeMs: 0 })
    const [first, second] = [worker(), worker()]
    await first.start(slow, null, { id: 'handed on' })
    await second.recover()
    const result = second.result('handed on')
    await first.close()
    expect(await result).toBe(2)
    expect(turns).toEqual(['epoch 1', 'epoch 2'])
    await second.close()
  })

  test('a connection that breaks is made again, and what was missed meanwhile is looked for', async () => {
    // Those of the engines before may have been closed before they came to listen.
    listening.length = 0
    const [holder, teller] = [engine(), engine()]
    const run = await holder.start(approve, null, { id: 'broken' })
    await Promise.all(listening)
    const victims = await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN "${schema}.hints"%'`)
    expect(victims.rowCount).toBeGreaterThan(0)
    await teller.signal('broken', 'verdict', 'still here')
    expect(await run.result()).toBe('still here')
    await Promise.all([holder.close(), teller.close()])
  })

  test('the pool keeps no session state, and a closed engine leaves no connection behind', async () => {
    for (const client of listeners) await client.end().catch(() => {})
    const left = await pool.query(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE 'LISTEN "${schema}.hints"%'`)
    expect(left.rows[0]).toEqual({ n: 0 })
  })
})
