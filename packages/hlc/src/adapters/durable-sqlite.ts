/**
 * The mark of a durable clock in a row of SQLite, over `node:sqlite` (Node 22.13 or newer without a flag).
 * @module
 */
import { DatabaseSync } from 'node:sqlite'
import { check } from '../ground/check.ts'
import { ConflictError } from '../ground/errors.ts'
import type { MarkStore } from '../window.ts'

/** The part of a `DatabaseSync` that is used. */
export interface Database {
  exec(sql: string): void
  prepare(sql: string): { get(...values: string[]): unknown; run(...values: (string | number)[]): { readonly changes: number | bigint } }
}

export interface SqliteStoreOptions {
  /** A database file; or `database`, an open one of yours, which then shares its fate and its transactions. */
  readonly path?: string | undefined
  readonly database?: Database | undefined
  /** The row, for several clocks in one database. Default `clock`. */
  readonly name?: string | undefined
}

/** A store in the table `distrokit_hlc`. A second clock on the same row is noticed at its next save. Dispose of it to close its file. */
export function sqliteStore({ path, database, name = 'clock' }: SqliteStoreOptions): MarkStore & Disposable {
  check((path === undefined) !== (database === undefined), 'either path or database', path)
  const own = path === undefined ? undefined : new DatabaseSync(path)
  // The mark guards against lost power too, and a save is off every hot path, so each one is flushed.
  own?.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 1000')
  const db: Database = own ?? database!
  db.exec('CREATE TABLE IF NOT EXISTS distrokit_hlc (name TEXT PRIMARY KEY, mark INTEGER NOT NULL) STRICT')
  const read = db.prepare('SELECT mark FROM distrokit_hlc WHERE name = ?')
  // One statement, so that reading and writing the mark cannot be torn apart by another connection.
  const write = db.prepare(
    'INSERT INTO distrokit_hlc (name, mark) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET mark = excluded.mark WHERE mark <= ?',
  )
  const load = (): number | undefined => (read.get(name) as { mark: number } | undefined)?.mark
  return {
    load,
    save(markMs, knownMs) {
      if (Number(write.run(name, markMs, knownMs).changes) === 0) throw new ConflictError(load()!)
    },
    [Symbol.dispose]: () => own?.close(),
  }
}
