/**
 * Documents in PostgreSQL, through your own `pg` pool: any number by name in one pair of tables.
 * @module
 */
import { checkOptions, show } from '../ground/options.ts'
import type { Storage } from '../storage.ts'

/** The part of a `pg` Pool that is used. */
export interface Pool {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>
}

export interface PostgresStorageOptions {
  readonly pool: Pool
  /** The document's name in the tables. Default `''`. */
  readonly name?: string
  /** Prefix of the tables' names: letters, digits and underscores. Default `crdt`. */
  readonly table?: string
}

/** Makes its tables when they are missing. Each call is one statement, and so atomic. */
export async function postgresStorage(options: PostgresStorageOptions): Promise<Storage> {
  checkOptions(options, ['pool', 'name', 'table'], 'postgresStorage')
  const { pool, name = '', table = 'crdt' } = options
  if (!/^[a-z_][a-z0-9_]{0,40}$/i.test(table)) throw new TypeError(`table is a prefix of letters, digits and underscores; got ${show(table)}.`)
  // Two replicas may come at once, and CREATE IF NOT EXISTS alone is no protection against that.
  await pool.query(`
    DO $$ BEGIN
      PERFORM pg_advisory_xact_lock(hashtext('${table}'));
      CREATE TABLE IF NOT EXISTS ${table}_log (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT NOT NULL, bytes BYTEA NOT NULL);
      CREATE INDEX IF NOT EXISTS ${table}_log_name ON ${table}_log (name, id);
      CREATE TABLE IF NOT EXISTS ${table}_snapshot (name TEXT PRIMARY KEY, bytes BYTEA NOT NULL);
    END $$`)
  return {
    async load() {
      // One statement, so that no folding falls between snapshot and log.
      const { rows } = await pool.query(`
        SELECT bytes FROM (
          SELECT 0 AS part, 0 AS id, bytes FROM ${table}_snapshot WHERE name = $1
          UNION ALL SELECT 1, id, bytes FROM ${table}_log WHERE name = $1
        ) AS kept ORDER BY part, id`, [name])
      return rows.map((row) => new Uint8Array(row['bytes'] as Uint8Array))
    },
    async append(change) {
      await pool.query(`INSERT INTO ${table}_log (name, bytes) VALUES ($1, $2)`, [name, asBuffer(change)])
    },
    async replace(snapshot, folded) {
      await pool.query(`
        WITH cut AS (DELETE FROM ${table}_log WHERE id IN (SELECT id FROM ${table}_log WHERE name = $1 ORDER BY id LIMIT $3))
        INSERT INTO ${table}_snapshot (name, bytes) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes`, [name, asBuffer(snapshot), folded])
    },
  }
}

/** `pg` writes Buffers as bytes, and some of its versions write any other array as text. */
const asBuffer = (bytes: Uint8Array): Uint8Array => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
