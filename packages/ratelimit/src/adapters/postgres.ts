/**
 * Buckets in PostgreSQL: one statement per decision or batch, on the server's clock, in an unlogged table that is made on demand.
 * Takes your own `pg` pool or client.
 */
import { readNumbers } from '../ground/options.ts'
import type { Backend, Store } from '../ground/store.ts'
import { runName, schema, sweepStatement } from '../postgres/schema.ts'
import { storedKey } from './stored-key.ts'
import { orderOf } from '../shared/order.ts'
import { readReply } from '../shared/reply.ts'
import { defineStore } from '../shared/store.ts'

/** What is needed of `pg`: a `Pool` or a connected `Client`. */
export interface PostgresLike {
  query(query: string | { readonly name?: string; readonly text: string; readonly values: unknown[] }): Promise<{ readonly rows: readonly unknown[] }>
}

export interface PostgresOptions {
  /** Your pool or client. It stays yours: the limiter never closes it. */
  readonly client: PostgresLike
  /** Name of the table, in small letters, with its schema if you like: `limits.buckets`. Default `ratelimit`. */
  readonly table?: string | undefined
  /** Write-ahead log the table: survives a crash of the server, at several times the cost. Takes effect when the table is made. Default false. */
  readonly logged?: boolean | undefined
  /** Name the statement, so that the server plans it once per connection. False behind a pooler that switches connections. Default true. */
  readonly prepare?: boolean | undefined
  /** How long the `id` of a charge or refund is remembered, in milliseconds; 1000 to 2 592 000 000, default one hour. */
  readonly rememberMs?: number | undefined
  /** Another clock than the server's, in milliseconds: for simulations and tests only. */
  readonly now?: (() => number) | undefined
}

export interface PostgresBackend extends Backend {
  /** Removes up to 1000 buckets that are full, and as many forgotten ids. Done by itself every ten thousand calls; call it from a job if you like. */
  sweep(): Promise<number>
}

/** `createLimiter(perMinute(100), { store: postgresStore({ client: new Pool() }) })` */
export function postgresStore(options: PostgresOptions): Store {
  return defineStore(postgresBackend(options))
}

const callsPerSweep = 10_000
/** No such table, function or schema; two that serialised badly. */
const missing = new Set(['42P01', '42883'])
const again = new Set(['40001', '40P01'])

/** The backend alone, for the store suite. */
export function postgresBackend(options: PostgresOptions): PostgresBackend {
  const { rememberMs } = readNumbers('postgresStore', options, { rememberMs: [3_600_000, 1000, 2_592_000_000] }, ['client', 'table', 'logged', 'prepare', 'now'])
  const { client, table = 'ratelimit', logged = false, prepare = true, now } = options
  if (typeof client?.query !== 'function') throw new TypeError('postgresStore: client: expected a pg Pool or Client.')
  if (!/^([a-z_][a-z0-9_]{0,40}\.)?[a-z_][a-z0-9_]{0,40}$/.test(table)) throw new RangeError('postgresStore: table: expected a name in small letters, with or without a schema.')
  const text = `SELECT ${runName(table)}($1, $2, $3, $4, $5, $6) AS reply`
  let calls = 0

  const sweep = async (): Promise<number> => {
    const at = now === undefined ? '(extract(epoch FROM clock_timestamp()) * 1000)::bigint' : String(now())
    const { rows } = await client.query(sweepStatement(table).replaceAll('$1::bigint', at))
    return Number((rows[0] as { removed?: unknown } | undefined)?.removed ?? 0)
  }
  return {
    async run(key, measures, batch) {
      const values = [
        storedKey(key),
        measures.flatMap(({ weight, drain, capacity }) => [weight, drain, capacity]),
        batch.flatMap(orderOf),
        batch.flatMap(({ id }) => (id === undefined ? [] : [storedKey(id)])),
        rememberMs,
        now === undefined ? null : now(),
      ]
      const query = { ...(prepare ? { name: `distrokit ${table}` } : {}), text, values }
      const { rows } = await persist(() => client.query(query), () => client.query(schema(table, logged)))
      calls += 1
      if (calls % callsPerSweep === 0) sweep().catch(() => undefined)
      return readReply((rows[0] as { reply?: unknown } | undefined)?.reply, measures.length, batch)
    },
    sweep,
  }
}

/** Makes what is missing and tries again; repeats what the server asks to repeat. */
async function persist<Result>(run: () => Promise<Result>, create: () => Promise<unknown>): Promise<Result> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await run()
    } catch (error) {
      const code = (error as { code?: unknown } | null)?.code
      if (typeof code !== 'string' || tries >= 3) throw error
      if (missing.has(code)) await create()
      else if (!again.has(code)) throw error
    }
  }
}

