import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { describeWith } from '../../../tools/services/index.ts'
import { postgresStore } from '../src/adapters/postgres.ts'
import { redisStore } from '../src/adapters/redis.ts'
import { createLimiter, perHour, type Store } from '../src/index.ts'
import { connections, dropTable, forget, ioRedis, unique } from './support/services.ts'

interface Outcome {
  readonly admitted: number
  readonly stranded: number
}

/** Three processes that start together and take 400 times each. */
async function race(kind: 'redis' | 'postgres', url: string, name: string, lease: boolean): Promise<Outcome[]> {
  const file = fileURLToPath(new URL('support/taker.ts', import.meta.url))
  const children = [1, 2, 3].map(() => fork(file, [kind, url, name, String(lease), '400'], { execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'] }))
  await Promise.all(children.map((child) => once(child, 'message')))
  const outcomes = children.map((child) => once(child, 'message') as Promise<[Outcome]>)
  for (const child of children) child.send('go')
  return (await Promise.all(outcomes)).map(([outcome]) => outcome)
}

const left = async (store: Store): Promise<number> => (await createLimiter(perHour(100), { store, timeoutMs: 20_000 }).peek('shared', 0)).remaining
const sum = (outcomes: readonly Outcome[]): number => outcomes.reduce((total, { admitted }) => total + admitted, 0)

describeWith('redis', 'several processes over Redis', (url) => {
  const prefix = unique('ratelimit-race')
  const client = ioRedis(url)
  afterAll(async () => {
    await forget(client, prefix)
    client.disconnect()
  })

  it('are admitted exactly: a hundred of twelve hundred', async () => {
    expect(sum(await race('redis', url, `${prefix}-plain`, false))).toBe(100)
  })

  it('are never admitted more with leases, and what they did not use is there again', async () => {
    const admitted = sum(await race('redis', url, `${prefix}-lease`, true))
    const rest = await left(redisStore({ client, prefix: `${prefix}-lease` }))
    expect(admitted + rest).toBeLessThanOrEqual(100)
    // A token flows back every 36 s, so at most one may have evaporated in each drawer.
    expect(admitted + rest).toBeGreaterThanOrEqual(97)
  })
})

describeWith('postgres', 'several processes over PostgreSQL', (url) => {
  const table = unique('ratelimit_race')
  const pool = connections(url, 1)
  afterAll(async () => {
    await dropTable(pool, table)
    await pool.end()
  })

  it('are admitted exactly, also when all of them find no table', async () => {
    expect(sum(await race('postgres', url, table, false))).toBe(100)
    expect(await left(postgresStore({ client: pool, table }))).toBe(0)
  })
})
