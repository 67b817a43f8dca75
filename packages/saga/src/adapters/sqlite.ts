/** Sagas in one SQLite file, through `node:sqlite`: durable with no service at all, and safe with several processes on one machine. */
export { sqliteStore } from './sqlite/store.ts'
export type { SqliteOptions, SqliteStore } from './sqlite/store.ts'
