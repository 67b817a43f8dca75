/** The store over PostgreSQL. Plain writes of many sagas are one statement; those with letters, locks or messages share one transaction with them. */
import { listingOf } from '../../core/row.ts'
import { StoreError } from '../../ground/errors.ts'
import type { Letter } from '../../ground/log.ts'
import { known } from '../../ground/options.ts'
import type { Emitted, Loaded, Store, Write, Written } from '../../ground/store.ts'
import { listen, type PgListener } from './hints.ts'
import { columnsOf, concernsOthers, entriesOf, isRich, leaseOf, letterOf, recordOf, rowOf, type Row } from './rows.ts'
import { statementsFor, VERSION, type Statement } from './statements.ts'

export interface PgResult {
  readonly rows: readonly Record<string, unknown>[]
  readonly rowCount: number | null
}

/** What is asked of a client: `pg`'s has it. */
export interface PgClient {
  query(query: { readonly name?: string | undefined; readonly text: string; readonly values?: readonly unknown[] }): Promise<PgResult>
}

/** What is asked of a pool: `pg`'s has it. */
export interface PgPool extends PgClient {
  connect(): Promise<PgClient & { release(error?: Error | boolean): void }>
}

export interface PostgresOptions {
  /** Your pool. The store does not end it. */
  readonly pool: PgPool
  /** The schema of its tables, made when it is not there. Default `saga`. */
  readonly schema?: string
  /**
   * Makes a connection to hear hints on: `() => new pg.Client({ connectionString })`. With it, what one process leaves for another (letters, sagas to take) is
   * looked at within milliseconds instead of a poll. Give it to every process. Not through a pooler in transaction mode. Default: none, polls only.
   */
  readonly hints?: () => PgListener
  /** Prepare statements by name (default). Turn it off behind a pooler that cannot. */
  readonly prepare?: boolean
}

export interface PostgresStore extends Store<PgClient> {
  /** Makes the tables. Called by the first use as well. */
  ready(): Promise<void>
}

/** Serialisation failures, deadlocks, and a record that somebody else was making at the same time: the statement had no effect and is worth repeating. */
const AGAIN = new Set(['40001', '40P01', '23505'])
/** Two processes made the same table at the same time. */
const RACED = new Set(['23505', '42P06', '42P07'])
const TRIES = 5
/** The queue whose row makes readers of the outbox take turns. */
const OUTBOX = ' outbox'

/** @throws TypeError if the pool is none or the schema is no plain identifier. Tables of another version, or of another program, are a `StoreError` at the first use. */
export function postgresStore(options: PostgresOptions): PostgresStore {
  known('postgresStore', options, ['pool', 'schema', 'hints', 'prepare'])
  const { pool, schema = 'saga', hints, prepare = true } = options
  if (typeof pool?.query !== 'function' || typeof pool.connect !== 'function') throw new TypeError('postgresStore: expected pool to be a Pool of pg: new Pool({ connectionString })')
  if (!/^[a-z_][a-z0-9_]{0,40}$/i.test(schema)) throw new TypeError(`postgresStore: expected schema to be a plain identifier, came '${schema}'`)
  if (hints !== undefined && typeof hints !== 'function') throw new TypeError(`postgresStore: expected hints to be a function that makes a Client of pg, came ${typeof hints}`)
  const statements = statementsFor(schema)
  // Made once: the driver looks a statement up by its name, and a name that is put together each time has to be hashed each time.
  const names = Object.fromEntries(Object.keys(statements.sql).map((statement) => [statement, prepare ? `${schema}.${statement}` : undefined])) as Record<Statement, string | undefined>
  const channel = `${schema}.hints`
  let made: Promise<void> | undefined

  const query = (client: PgClient, statement: Statement, values: readonly unknown[]): Promise<PgResult> => client.query({ name: names[statement], text: statements.sql[statement], values })

  async function run(client: PgClient, statement: Statement, values: readonly unknown[]): Promise<readonly Row[]> {
    return (await query(client, statement, values)).rows
  }

  async function make(): Promise<void> {
    const [found] = (await pool.query({ text: statements.found })).rows
    if (found?.['saga'] === true && found['meta'] !== true) {
      throw new StoreError(`schema '${schema}' has a table 'saga' of another program, or of a version before the first release; give the store a schema of its own`)
    }
    try {
      if (found?.['meta'] !== true) await pool.query({ text: statements.schema })
    } catch (error) {
      if (!RACED.has(codeOf(error))) throw error
      await pool.query({ text: statements.schema })
    }
    const [made] = (await pool.query({ text: statements.version })).rows
    if (made?.['version'] !== VERSION) {
      throw new StoreError(`schema '${schema}' has tables of version ${String(made?.['version'])}, this package knows version ${VERSION}; update the older of the two`)
    }
  }

  const ready = (): Promise<void> => (made ??= again(make).catch((error: unknown) => {
    made = undefined
    throw error
  }))

  async function ask(statement: Statement, ...values: unknown[]): Promise<readonly Row[]> {
    await ready()
    return again(() => run(pool, statement, values))
  }

  async function transaction<T>(work: (client: PgClient) => Promise<T>): Promise<T> {
    const client = await pool.connect()
    try {
      await client.query({ text: 'BEGIN' })
      const result = await work(client)
      await client.query({ text: 'COMMIT' })
      client.release()
      return result
    } catch (error) {
      // A connection on which even ROLLBACK fails is of no use to anybody.
      client.release(await client.query({ text: 'ROLLBACK' }).then(() => undefined, (broken: Error) => broken))
      throw error
    }
  }

  async function plain(client: PgClient, writes: readonly Write[]): Promise<Written[]> {
    const [only] = writes as readonly [Write]
    if (writes.length === 1) return [(await single(client, only)).rowCount === 1 ? { state: 'written' } : await misfit(client, only)]
    const fit = new Set((await run(client, 'many', columnsOf(writes))).map((row) => row['id']))
    const answers: Written[] = []
    for (const write of writes) answers.push(fit.has(write.id) ? { state: 'written' } : await misfit(client, write))
    return answers
  }

  function single(client: PgClient, write: Write): Promise<PgResult> {
    const { id, epoch, seq, create, patch, read } = write
    const entries = entriesOf(write)
    if (create !== undefined) {
      return query(client, 'create', [
        id, create.name, create.owner ?? null, leaseOf(write), create.input, create.parent?.id ?? null, create.parent?.ord ?? null, create.deadlineMs ?? null, create.trace ?? null, entries,
        patch?.state ?? null, patch?.result ?? null, patch?.release !== undefined, patch?.release?.wakeAt ?? null,
      ])
    }
    if (patch === undefined && read === undefined) return query(client, 'append', [id, epoch, seq, entries])
    return query(client, 'patch', [id, epoch, seq, entries, patch?.state ?? null, patch?.result ?? null, patch?.takes ?? null, patch?.release !== undefined, patch?.release?.wakeAt ?? null, read ?? 0])
  }

  /** Why a write did not fit: the saga is somebody else's, or was there before, or the write was made before. */
  async function misfit(client: PgClient, { id, epoch, seq, create }: Write): Promise<Written> {
    if (create !== undefined) {
      const [row] = await run(client, 'row', [id])
      if (row !== undefined) return { state: 'exists', row: rowOf(row) }
    }
    return (await run(client, 'appended', [id, seq, epoch])).length > 0 ? { state: 'written' } : { state: 'fenced' }
  }

  /** A write with letters, locks or messages, inside a transaction. What was made before is not made again. */
  async function rich(client: PgClient, write: Write): Promise<Written> {
    const { id, epoch, seq } = write
    const repeated = write.create === undefined && write.entries.length > 0 && (await run(client, 'appended', [id, seq, epoch])).length > 0
    const [written] = await plain(client, [{ ...write, ...(write.patch === undefined && write.read !== undefined ? { patch: {} } : {}) }]) as [Written]
    if (written.state !== 'written') return written
    if (write.read !== undefined) await run(client, 'forgetMail', [id, write.read])
    if (!repeated) {
      for (const { to, letter } of write.post ?? []) await run(client, 'post', [to, JSON.stringify(letter), letter.kind === 'undo'])
      for (const { key, topic, value } of write.emit ?? []) await run(client, 'emit', [id, key, topic, value])
    }
    if (write.unlock) await unlock(client, id)
    const held: string[] = []
    for (const name of write.lock ?? []) if (await queue(client, name, id)) held.push(name)
    return { state: 'written', held }
  }

  /** Whether `id`, now in the queue, is at its head. */
  async function queue(client: PgClient, name: string, id: string): Promise<boolean> {
    const [place] = await run(client, 'queue', [name])
    await run(client, 'enqueue', [name, place?.['last'], id])
    return (await run(client, 'holder', [name]))[0]?.['saga'] === id
  }

  async function unlock(client: PgClient, id: string): Promise<void> {
    const names = (await run(client, 'locksOf', [id])).map((row) => row['name'] as string)
    const mine: string[] = []
    for (const name of names) {
      await run(client, 'queue', [name])
      if ((await run(client, 'holder', [name]))[0]?.['saga'] === id) mine.push(name)
    }
    await run(client, 'unlock', [id])
    for (const name of mine) {
      const heir = (await run(client, 'holder', [name]))[0]?.['saga']
      if (heir !== undefined) await run(client, 'post', [heir, JSON.stringify({ kind: 'lock', name } satisfies Letter), false])
    }
  }

  /** After the commit, so that the server's lock on its queue of notifications is held for no longer than it takes. */
  function hint(): void {
    if (hints !== undefined) ask('notify', channel).catch(() => {})
  }

  async function commit(writes: readonly Write[]): Promise<Written[]> {
    const answers = await write(writes)
    if (writes.some(concernsOthers)) hint()
    return answers
  }

  async function write(writes: readonly Write[]): Promise<Written[]> {
    await ready()
    const simple = writes.filter((write) => !isRich(write))
    if (simple.length === writes.length) return again(() => plain(pool, writes))
    return again(() => transaction(async (client) => {
      const answers = new Map<Write, Written>()
      if (simple.length > 0) (await plain(client, simple)).forEach((answer, index) => answers.set(simple[index] as Write, answer))
      for (const write of writes) if (isRich(write)) answers.set(write, await rich(client, write))
      return writes.map((write) => answers.get(write) as Written)
    }))
  }

  async function load(rows: readonly Row[]): Promise<Loaded[]> {
    if (rows.length === 0) return []
    const ids = rows.map((row) => row['id'])
    const [logs, mails] = await Promise.all([ask('logs', ids), ask('mails', ids)])
    const logOf = Map.groupBy(logs, (row) => row['saga'])
    const mailOf = Map.groupBy(mails, (row) => row['saga'])
    return rows.map((row) => ({
      row: rowOf(row), log: (logOf.get(row['id']) ?? []).map(recordOf), mail: (mailOf.get(row['id']) ?? []).map(letterOf),
      ...(row['from'] == null ? {} : { from: row['from'] as string }),
    }))
  }

  return {
    gather: 'turn',
    lanes: 2,
    ready, commit,
    async take({ names, owner, leaseMs, limit, gone = [], ids }) {
      const rows = ids === undefined ? await ask('take', names, owner, leaseMs, limit, gone) : await ask('takeIds', ids, owner, leaseMs)
      const sagas = await load([...rows].sort((a, b) => (a['due'] as number) - (b['due'] as number)))
      const [next] = await ask('next', owner, names)
      const now = next?.['now'] as number
      const at = next?.['at'] as number | null
      return { sagas, now, nextMs: at === null ? undefined : Math.max(0, at - now) }
    },
    async beat(_owner, held, leaseMs) {
      const kept = new Set((await ask('beat', held.map(({ id }) => id), held.map(({ epoch }) => epoch), leaseMs)).map((row) => row['id']))
      return held.filter(({ id }) => !kept.has(id)).map(({ id }) => id)
    },
    mail: async (owner) => (await ask('mail', owner)).map(letterOf),
    async post(to, letter) {
      const left = (await ask('post', to, JSON.stringify(letter), letter.kind === 'undo')).length > 0
      if (left) hint()
      return left
    },
    read: async (id) => (await load(await ask('row', id)))[0],
    list: async ({ after = '', state = null, name = null, limit }) => (await ask(listingOf(state), after, name, limit, state)).map(rowOf),
    owners: async () => (await ask('owners')).map((row) => row['owner'] as string),
    async transact(toWrite, work) {
      await ready()
      let value: unknown
      let written: Written = { state: 'fenced' }
      const fenced = new Error('fenced')
      try {
        await transaction(async (client) => {
          value = await work(client)
          written = await rich(client, toWrite(value as never))
          if (written.state !== 'written') throw fenced
        })
      } catch (error) {
        if (error !== fenced) throw error
      }
      hint()
      return { written, value: value as never }
    },
    async join(tx, id, create) {
      await ready()
      const [written] = await plain(tx, [{ id, epoch: 1, seq: 0, entries: [], create }])
      // Told when the caller's transaction commits.
      if (hints !== undefined) await run(tx, 'notify', [channel])
      return written as Written
    },
    ...(hints === undefined ? {} : { hints: (heard: () => void) => listen(hints, channel, heard) }),
    adopt: ({ row, log, mail }, locks) => ready().then(() => again(() => transaction(async (client) => {
      const made = await run(client, 'adopt', [
        row.id, row.name, row.state, row.epoch, row.wakeAt ?? null, row.input, row.result ?? null, row.takes, row.parent?.id ?? null, row.parent?.ord ?? null,
        row.deadlineAt ?? null, row.trace ?? null, mail.at(-1)?.number ?? 0, (mail[0]?.number ?? 1) - 1, row.createdAt, row.updatedAt,
      ])
      if (made.length === 0) return false
      await run(client, 'adoptLog', [row.id, row.epoch, log.map((each) => each.seq), log.map((each) => each.at), log.map((each) => JSON.stringify(each.entries))])
      await run(client, 'adoptMail', [row.id, mail.map((each) => each.number), mail.map((each) => JSON.stringify(each.letter))])
      for (const name of locks) await queue(client, name, row.id)
      return true
    }))),
    outbox: ({ leaseMs, limit }) => ready().then(() => again(() => transaction(async (client) => {
      await run(client, 'queue', [OUTBOX])
      return (await run(client, 'outbox', [leaseMs, limit]) as unknown as Emitted[]).toSorted((a, b) => a.number - b.number)
    }))),
    sent: async (numbers) => void (await ask('sent', numbers)),
  }
}

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code ?? '')

async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries < TRIES && AGAIN.has(codeOf(error))) continue
      throw error instanceof StoreError ? error : new StoreError(`PostgreSQL: ${(error as Error).message}`, { cause: error })
    }
  }
}
