/** The store over one SQLite file. Each batch is one transaction, begun with the write lock so that its fences hold until it is durable. */
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { listingOf, newRow } from '../../core/row.ts'
import { systemClock } from '../../ground/clock.ts'
import { StoreError } from '../../ground/errors.ts'
import type { Entry, Letter, LogRecord, Mail } from '../../ground/log.ts'
import { known, nonEmpty, number, oneOf } from '../../ground/options.ts'
import type { Emitted, Loaded, NewSaga, SagaRow, Store, Write, Written } from '../../ground/store.ts'
import type { Clock, Maybe } from '../../ground/types.ts'
import { isGone, processLabel } from './life.ts'
import { COLUMNS, SCHEMA, SQL, VERSION, type Statement } from './schema.ts'

export interface SqliteOptions {
  /** The file; made when it is not there. `:memory:` for none. It may hold your own tables as well: `step.tx` writes both in one transaction. */
  readonly path: string
  /** `full` (default): a commit is on the disk before anything follows from it. `relaxed`: a power cut may lose the last commits, a crash of the process does not. */
  readonly durability?: 'full' | 'relaxed'
  /** How long to wait for another process's transaction, in ms. Default 5000. The wait blocks this process. */
  readonly busyMs?: number
  /** Whose `now` is the store's time. Default: the system's. */
  readonly clock?: Pick<Clock, 'now'>
}

export interface SqliteStore extends Store<DatabaseSync>, Disposable {
  readonly database: DatabaseSync
  close(): void
}

type Row = Record<string, SQLInputValue>

const WRITTEN: Written = { state: 'written' }
const FENCED: Written = { state: 'fenced' }

/** @throws StoreError if the file is no database, is another program's, or was written by a newer version */
export function sqliteStore(options: SqliteOptions): SqliteStore {
  known('sqliteStore', options, ['path', 'durability', 'busyMs', 'clock'])
  nonEmpty('path of an SQLite store', options.path)
  oneOf('durability of an SQLite store', options.durability, ['full', 'relaxed'])
  const clock = options.clock ?? systemClock
  const database = open(options.path, options.durability ?? 'full', number('busyMs', options.busyMs, 5_000, 0))
  const statements = new Map<Statement, StatementSync>()
  // A transaction of the user's that is under way on this connection; everything else waits for it.
  let busy: Promise<unknown> | undefined

  const sql = (text: Statement): StatementSync => {
    let statement = statements.get(text)
    if (statement === undefined) statements.set(text, statement = database.prepare(SQL[text]))
    return statement
  }
  const all = (text: Statement, ...values: SQLInputValue[]): Row[] => sql(text).all(...values) as Row[]
  const get = (text: Statement, ...values: SQLInputValue[]): Row | undefined => sql(text).get(...values) as Row | undefined
  const run = (text: Statement, ...values: SQLInputValue[]): number => Number(sql(text).run(...values).changes)

  function soon<T>(work: () => T): Maybe<T> {
    return busy === undefined ? guard(work) : busy.then(() => soon(work))
  }

  function atomically<T>(work: () => T): T {
    database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      database.exec('COMMIT')
      return result
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK')
      throw error
    }
  }

  function write(each: Write): Written {
    const now = clock.now()
    const { id, epoch, seq, create, patch } = each
    const entries = each.entries.length === 0 ? null : JSON.stringify(each.entries)
    /** It was made before, or the saga is somebody else's now. */
    const misfit = (): Written => (get('appended', id, seq, epoch) === undefined ? FENCED : WRITTEN)
    const completes = create === undefined && patch?.state === 'completed'
    if (create !== undefined) {
      if (run('insert', ...made(id, create, now, entries)) === 0) return { state: 'exists', row: rowOf(get('row', id) as Row) }
    } else if (entries !== null && !completes && run('append', id, seq, epoch, now, entries) === 0) {
      return misfit()
    }
    if (patch !== undefined || each.read !== undefined) {
      const { state = null, result = null, takes = null, release } = patch ?? {}
      if (run('patch', id, epoch, state, result, takes, now, each.read ?? 0, release === undefined ? 0 : 1, release?.wakeAt ?? null, completes ? entries : null, seq) === 0) return misfit()
      if (each.read !== undefined) run('forgetMail', id, each.read)
    }
    for (const { to, letter } of each.post ?? []) post(to, letter)
    for (const { key, topic, value } of each.emit ?? []) run('emit', id, key, topic, value)
    if (each.unlock) unlock(id)
    if (each.lock === undefined) return WRITTEN
    return { state: 'written', held: each.lock.filter((name) => (run('lock', name, id), get('holder', name)?.['saga'] === id)) }
  }

  function unlock(id: string): void {
    const names = all('locksOf', id).map((row) => row['name'] as string)
    if (names.length === 0) return
    const mine = names.filter((name) => get('holder', name)?.['saga'] === id)
    run('unlock', id)
    for (const name of mine) {
      const heir = get('holder', name)?.['saga']
      if (heir !== undefined) post(heir as string, { kind: 'lock', name })
    }
  }

  function post(to: string, letter: Letter): boolean {
    const row = get('letter', to, clock.now(), letter.kind === 'undo' ? 1 : 0)
    if (row === undefined) return false
    run('post', to, row['letters'] as number, JSON.stringify(letter))
    return true
  }

  function load(row: Row, from?: string | null): Loaded {
    const log = (all('log', row['id'] as string) as unknown as (Omit<LogRecord, 'entries'> & { entries: string })[]).map((each) => ({ ...each, entries: JSON.parse(each.entries) as Entry[] }))
    return { row: rowOf(row), log, mail: mailOf(all('mailOf', row['id'] as string)), ...(from == null ? {} : { from }) }
  }

  const store: SqliteStore = {
    database,
    gather: 'turn',
    lanes: 1,
    label: processLabel(),
    isGone,
    commit: (writes) => soon(() => atomically(() => writes.map(write))),
    take: ({ names, owner, leaseMs, limit, gone = [], ids }) => soon(() => {
      const now = clock.now()
      const which = JSON.stringify(names)
      // Looking costs no lock; only when there is something to take is the file locked, and then looked at again.
      if (gone.length > 0) run('bury', JSON.stringify(gone))
      const due = (most: number): Row[] => (ids === undefined ? all('due', now, which, most) : ids.map((id) => get('row', id)).filter((row) => row !== undefined))
      const sagas = due(1).length === 0 ? [] : atomically(() => due(limit).map(
        (each) => load(get('take', each['id'] as string, owner, now + leaseMs) as Row, each['owner'] as string | null),
      ))
      const at = get('next', owner, which)?.['wake_at'] as number | undefined
      return { sagas, now, nextMs: at === undefined ? undefined : Math.max(0, at - now) }
    }),
    beat: (_owner, held, leaseMs) => soon(() => atomically(() => {
      const until = clock.now() + leaseMs
      return held.filter(({ id, epoch }) => run('beat', id, epoch, until) === 0).map(({ id }) => id)
    })),
    mail: (owner) => soon(() => mailOf(all('mail', owner))),
    post: (to, letter) => soon(() => atomically(() => post(to, letter))),
    read: (id) => soon(() => {
      const row = get('row', id)
      return row && load(row)
    }),
    list: ({ after = '', state = null, name = null, limit }) => soon(() => all(listingOf(state), after, name, limit, state).map(rowOf)),
    owners: () => soon(() => all('owners').map((row) => row['owner'] as string)),
    async transact(toWrite, work) {
      for (let other = busy; other !== undefined; other = busy) await other
      const open = Promise.withResolvers<void>()
      busy = open.promise
      try {
        database.exec('BEGIN IMMEDIATE')
        const value = await work(database)
        const written = write(toWrite(value))
        database.exec(written.state === 'written' ? 'COMMIT' : 'ROLLBACK')
        return { written, value }
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      } finally {
        busy = undefined
        open.resolve()
      }
    },
    join(tx, id, create) {
      const { changes } = tx.prepare(SQL.insert).run(...made(id, create, clock.now(), null))
      return Number(changes) === 0 ? { state: 'exists', row: rowOf(tx.prepare(SQL.row).get(id) as Row) } : { state: 'written' }
    },
    adopt: ({ row, log, mail }, locks) => soon(() => atomically(() => {
      if (run('insert', ...valuesOf({ ...row, owner: undefined }), mail.at(-1)?.number ?? 0, (mail[0]?.number ?? 1) - 1, null) === 0) return false
      for (const { seq, at, entries } of log) run('adoptLog', row.id, seq, row.epoch, at, JSON.stringify(entries))
      for (const each of mail) run('post', row.id, each.number, JSON.stringify(each.letter))
      for (const name of locks) run('lock', name, row.id)
      return true
    })),
    outbox: ({ leaseMs, limit }) => soon(() => {
      const now = clock.now()
      return (all('outbox', now + leaseMs, now, limit) as unknown as Emitted[]).sort((a, b) => a.number - b.number)
    }),
    sent: (numbers) => soon(() => atomically(() => numbers.forEach((each) => run('sent', each)))),
    close() {
      if (database.isOpen) database.close()
    },
    [Symbol.dispose]: () => store.close(),
  }
  return store
}

function open(path: string, durability: 'full' | 'relaxed', busyMs: number): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path)
    database.exec(`PRAGMA busy_timeout = ${Math.round(busyMs)}; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`)
    database.exec('BEGIN IMMEDIATE')
    const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name IN ('saga', 'saga_meta')`).all().map((row) => row['name'])
    if (tables.includes('saga') && !tables.includes('saga_meta')) throw new StoreError(`${path} has a table 'saga' that is another program's; give the store a file of its own`)
    database.exec(SCHEMA)
    const version = database.prepare('SELECT version FROM saga_meta').get()?.['version'] as number | undefined
    if (version === undefined) database.exec(`INSERT INTO saga_meta VALUES (${VERSION})`)
    else if (version < VERSION) throw new StoreError(`${path} was written by a version before the first release (schema ${version}, this one knows ${VERSION}); give the store a new file`)
    else if (version > VERSION) throw new StoreError(`${path} was written by a newer version of this package (schema ${version}, this one knows ${VERSION}); update the package`)
    database.exec('COMMIT')
    return database
  } catch (error) {
    if (database?.isOpen) database.close()
    if (error instanceof StoreError) throw error
    throw new StoreError(`${path} could not be opened as an SQLite database: ${(error as Error).message}`, { cause: error })
  }
}

/** A new saga's row. */
function made(id: string, create: NewSaga, now: number, opening: string | null): SQLInputValue[] {
  return [...valuesOf(newRow(id, create, now)), 0, 0, opening]
}

function guard<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof StoreError ? error : new StoreError(`SQLite: ${(error as Error).message}`, { cause: error })
  }
}

function mailOf(rows: Row[]): Mail[] {
  return rows.map((row) => ({ saga: row['saga'] as string, number: row['number'] as number, letter: JSON.parse(row['letter'] as string) as Letter }))
}

/** `wake_at` → `wakeAt`. */
const FIELDS = COLUMNS.map((column) => column.replace(/_./, (pair) => pair.charAt(1).toUpperCase()))

function rowOf(row: Row): SagaRow {
  const fields = Object.fromEntries(COLUMNS.map((column, index) => [FIELDS[index], row[column] ?? undefined]))
  return { ...fields, parent: row['parent'] === null ? undefined : { id: row['parent'], ord: row['parent_ord'] } } as unknown as SagaRow
}

function valuesOf({ parent, ...row }: SagaRow): SQLInputValue[] {
  const flat: Row = { ...row, parent: parent?.id, parentOrd: parent?.ord } as unknown as Row
  return FIELDS.map((field) => flat[field] ?? null)
}
