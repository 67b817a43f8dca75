/** Sagas in PostgreSQL, for more than one machine. Bring your own `pg` pool; no session state in it, so poolers and distributed kin are fine. */
export { postgresStore } from './postgres/store.ts'
export type { PgClient, PgPool, PgResult, PostgresOptions, PostgresStore } from './postgres/store.ts'
export type { PgListener } from './postgres/hints.ts'
