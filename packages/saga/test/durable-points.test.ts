/** A real SIGKILL just before and just after every commit of a saga that is undone, on SQLite and on PostgreSQL: each time the next process ends it in the same way. */
import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine } from '@distrokit/saga'
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { mortal, storeAt } from './kill/mortal.ts'

const folder = mkdtempSync(join(tmpdir(), 'saga-points-'))
const url = process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test'
const pool = new pg.Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 2_000 })
const problem = await pool.query('SELECT 1').then(() => undefined, (error: Error) => error.message || String(error))
if (problem !== undefined) {
  console.warn(`SKIPPED: no PostgreSQL at ${url} (${problem}); set POSTGRES_URL, or REQUIRE_SERVICES=1 to make this a failure`)
  test.runIf(process.env['REQUIRE_SERVICES'] === '1')('PostgreSQL is there', () => { throw new Error(`no PostgreSQL at ${url}: ${problem}`) })
}
const schemas: string[] = []
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  if (problem === undefined) for (const schema of schemas) await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await pool.end()
})

const COMMITS = 7
const points = Array.from({ length: COMMITS * 2 }, (_, index) => ({ at: index >> 1, when: index % 2 === 0 ? 'before' : 'after' }))

async function killedAt(place: string, world: string, at: number, when: string): Promise<void> {
  writeFileSync(world, '')
  const script = join(import.meta.dirname, 'kill', 'mortal.ts')
  const child = spawn(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', script, place, world, String(at), when], { stdio: ['ignore', 'ignore', 'inherit'] })
  const signal = await new Promise((resolve) => child.once('exit', (_code, by) => resolve(by)))
  expect(signal).toBe('SIGKILL')

  const { store, close } = storeAt(place)
  const definition = mortal((key) => appendFileSync(world, `${key}\n`))
  const engine = createEngine({ sagas: [definition], store, owner: 'mortal', pollMs: 50 })
  const run = await engine.start(definition, null, { id: 'x' })
  await expect(run.result()).rejects.toMatchObject({ undone: ['c', 'b', 'a'], stuck: [] })
  const keys = readFileSync(world, 'utf8').trim().split('\n')
  expect([...new Set(keys)]).toEqual(['x:0:do', 'x:1:do', 'x:2:do', 'x:2:undo', 'x:1:undo', 'x:0:undo'])
  // One effect is in flight at a time, so one may be made twice.
  expect(keys.length).toBeLessThanOrEqual(7)
  await engine.close()
  await close()
}

/** Four processes at a time. */
async function all(run: (point: (typeof points)[number], index: number) => Promise<void>): Promise<void> {
  const left = points.map((point, index) => () => run(point, index))
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await next()
  }))
}

describe('killed at every durable point', () => {
  test('on SQLite', () => all(({ at, when }, index) => killedAt(`sqlite|${join(folder, `${index}.db`)}`, join(folder, `sqlite-${index}.txt`), at, when)), 120_000)

  test.skipIf(problem !== undefined)('on PostgreSQL', () => all(({ at, when }, index) => {
    const schema = `saga_point_${process.pid}_${index}`
    schemas.push(schema)
    return killedAt(`postgres|${url}|${schema}`, join(folder, `postgres-${index}.txt`), at, when)
  }), 120_000)
})
