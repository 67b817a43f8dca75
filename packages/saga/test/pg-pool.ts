/**
 * pg's Pool, put together from its parts: under the test runner's `import` condition pg's own `require('pg-pool')` gets a namespace instead of a class.
 */
import { createRequire } from 'node:module'
import type pg from 'pg'

const require = createRequire(import.meta.url)
const inside = createRequire(require.resolve('pg/lib/client'))
const Client = require('pg/lib/client') as unknown
const loaded = inside('pg-pool') as { default?: unknown }
const Pool = (loaded.default ?? loaded) as new (options: object) => pg.Pool

export function createPool(connectionString: string, options: pg.PoolConfig = {}): pg.Pool {
  const pool = new Pool({ connectionString, Client, ...options })
  // An idle connection that breaks is the pool's to replace.
  pool.on('error', () => {})
  return pool
}
