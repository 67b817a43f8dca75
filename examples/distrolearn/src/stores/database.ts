// Promise: a store is one SQLite file, opened the same way everywhere; a transaction is all or nothing.

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

export type SqlValue = SQLInputValue

export interface Database {
  /** Runs a statement; returns how many rows it changed. */
  run(sql: string, ...values: SqlValue[]): number
  get<T>(sql: string, ...values: SqlValue[]): T | undefined
  all<T>(sql: string, ...values: SqlValue[]): T[]
  /** Nested calls join the outer transaction. */
  transaction<T>(body: () => T): T
  close(): void
}

/** How many prepared statements one file keeps; a program has a fixed set, so reaching it is a programming error. */
const maxStatements = 200

/**
 * `full` waits for the disk at each commit, so that a power cut loses nothing; `relaxed` survives the death of the
 * process, not of the machine.
 */
export function openDatabase(path: string, schema: string, durability: 'full' | 'relaxed'): Database {
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
  let inside = false
  return {
    run: (sql, ...values) => Number(prepare(sql).run(...values).changes),
    get: <T>(sql: string, ...values: SqlValue[]) => prepare(sql).get(...values) as T | undefined,
    all: <T>(sql: string, ...values: SqlValue[]) => prepare(sql).all(...values) as T[],
    transaction(body) {
      if (inside) return body()
      sqlite.exec('BEGIN IMMEDIATE')
      inside = true
      try {
        const result = body()
        sqlite.exec('COMMIT')
        return result
      } catch (error) {
        sqlite.exec('ROLLBACK')
        throw error
      } finally {
        inside = false
      }
    },
    close: () => sqlite.close(),
  }
}
