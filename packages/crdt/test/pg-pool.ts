/** A pool of `pg` that loads under the test runner, whose `import` condition would give `pg` its own dependency as a namespace. */
import { createRequire } from 'node:module'
import type { Pool } from 'pg'

const load = createRequire(import.meta.url)
const poolModule = createRequire(load.resolve('pg/lib/client'))('pg-pool') as { default?: unknown }

export function createPool(url: string): Pool {
  const Made = (poolModule.default ?? poolModule) as new (options: object) => Pool
  return new Made({ connectionString: url, Client: load('pg/lib/client') as unknown, max: 4 })
}
