/**
 * A document in an SQLite file, through `node:sqlite`: any number of documents by name in one database.
 * @module
 */
import { DatabaseSync } from 'node:sqlite'
import { checkOptions, show } from '../ground/options.ts'
import type { Storage } from '../storage.ts'

export interface SqliteStorageOptions {
  /** File, or `':memory:'`. */
  readonly path: string
  /** The document's name in the file. Default `''`. */
  readonly name?: string
  /** `full`: a change is on disk when it is appended. `relaxed`: a power cut may take the last ones, a crashed process none. Default `full`. */
  readonly durability?: 'full' | 'relaxed'
}

export interface SqliteStorage extends Storage, Disposable {}

export function sqliteStorage(options: SqliteStorageOptions): SqliteStorage {
  checkOptions(options, ['path', 'name', 'durability'], 'sqliteStorage')
  const { path, name = '', durability = 'full' } = options
  if (typeof path !== 'string' || path === '') throw new TypeError(`path is a file name or ':memory:'; got ${show(path)}.`)
  if (durability !== 'full' && durability !== 'relaxed') throw new TypeError(`durability is 'full' or 'relaxed'; got ${show(durability)}.`)
  const database = new DatabaseSync(path, { timeout: 5000 })
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'};
    CREATE TABLE IF NOT EXISTS crdt_log (name TEXT NOT NULL, id INTEGER PRIMARY KEY AUTOINCREMENT, bytes BLOB NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS crdt_log_name ON crdt_log (name, id);
    CREATE TABLE IF NOT EXISTS crdt_snapshot (name TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
  `)
  const snapshot = database.prepare('SELECT bytes FROM crdt_snapshot WHERE name = ?')
  const log = database.prepare('SELECT bytes FROM crdt_log WHERE name = ? ORDER BY id')
  const insert = database.prepare('INSERT INTO crdt_log (name, bytes) VALUES (?, ?)')
  const put = database.prepare('INSERT INTO crdt_snapshot (name, bytes) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes')
  const cut = database.prepare('DELETE FROM crdt_log WHERE id IN (SELECT id FROM crdt_log WHERE name = ? ORDER BY id LIMIT ?)')
  return {
    load: () => [...snapshot.all(name), ...log.all(name)].map((row) => new Uint8Array(row['bytes'] as Uint8Array)),
    append: (change) => void insert.run(name, change),
    replace(bytes, folded) {
      database.exec('BEGIN IMMEDIATE')
      try {
        put.run(name, bytes)
        cut.run(name, folded)
        database.exec('COMMIT')
      } catch (error) {
        database.exec('ROLLBACK')
        throw error
      }
    },
    [Symbol.dispose]: () => database.close(),
  }
}
