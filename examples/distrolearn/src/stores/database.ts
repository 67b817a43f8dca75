// Promise: a store is one SQLite file, opened the same way everywhere; a transaction is all or nothing.

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

export type SqlValue = SQLInputValue

export interface Database {
  /** Runs a statement; returns how many rows it changed. */
  run(sql: string, ...values: SqlValue[]): number
  get<T>(sql: string, ...values: SqlValue[]): T | undefined
  all<T>(sql: string, ...values: SqlValue[]): T[]
  /** All or nothing. A nested call is a savepoint: when it throws, only its own part is undone. */
  transaction<T>(body: () => T): T
  close(): void
}

/** Opens, or makes, the database of that name with that schema. */
export type OpenDatabase = (name: 'replica' | 'strong', schema: string, durability: Durability) => Database

/**
 * `full` waits for the disk at each commit, so that a power cut loses nothing; `relaxed` survives the death of the
 * process, not of the machine.
 */
export type Durability = 'full' | 'relaxed'

/** How many prepared statements one file keeps; a program has a fixed set, so reaching it is a programming error. */
const maxStatements = 200

export function openDatabase(path: string, schema: string, durability: Durability): Database {
  const sqlite = new DatabaseSync(path)
  sqlite.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}; PRAGMA busy_timeout = 2000; PRAGMA foreign_keys = ON`)
  sqlite.exec(schema)
  const statements = new Map<string, StatementSync>()
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    if (statements.size >= maxStatements) throw new RangeError(`more than ${maxStatements} different statements on ${path}; pass values as parameters`)
    const made = sqlite.prepare(sql)
    statements.set(sql, made)
    return made
  }
  let depth = 0
  return {
    run: (sql, ...values) => Number(prepare(sql).run(...values).changes),
    get: <T>(sql: string, ...values: SqlValue[]) => prepare(sql).get(...values) as T | undefined,
    all: <T>(sql: string, ...values: SqlValue[]) => prepare(sql).all(...values) as T[],
    transaction(body) {
      const [begin, commit, rollback] = depth === 0 ? ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'] : [`SAVEPOINT s${depth}`, `RELEASE s${depth}`, `ROLLBACK TO s${depth}; RELEASE s${depth}`]
      sqlite.exec(begin)
      depth += 1
      try {
        const result = body()
        sqlite.exec(commit)
        return result
      } catch (error) {
        sqlite.exec(rollback)
        throw error
      } finally {
        depth -= 1
      }
    },
    close: () => sqlite.close(),
  }
}
