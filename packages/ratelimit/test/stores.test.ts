import { afterAll, describe, expect, it } from 'vitest'
import { postgresBackend } from '../src/adapters/postgres.ts'
import type { Backend, Call } from '../src/adapters/store.ts'
import { redisBackend } from '../src/adapters/redis.ts'
import { compareWithModel, memoryBackend, storeSuite } from '../src/adapters/testing.ts'
import { describeWith } from '../../../tools/services/index.ts'
import { connections, dropTable, forget, ioRedis, nodeRedis, unique } from './support/services.ts'

const seed = Number(process.env['SEED'] ?? 20_261_123)

describe('the limiter in memory', () => {
  it('answers 100 000 random steps as a BigInt model does', async () => {
    const { differences, steps, admitted, refused } = await compareWithModel({ seed })
    expect(differences).toEqual([])
    expect(steps).toBeGreaterThanOrEqual(100_000)
    expect(Math.min(admitted, refused)).toBeGreaterThan(20_000)
  }, 120_000)
})

describe('the store suite', () => {
  describe('on the reference store', () => {
    for (const { name, run } of storeSuite({ open: (now) => memoryBackend({ now }), seed, steps: 10_000 })) it(name, run, 120_000)
  })

  it('catches a store that loses a refund, one that forgets to let time flow and one that ignores ids', async () => {
    const mangled: ((calls: readonly Call[]) => readonly Call[])[] = [
      (calls) => calls.filter(({ verb }) => verb !== 'give'),
      (calls) => calls.map(({ verb, cost, count }) => ({ verb, cost, count })),
    ]
    for (const mangle of mangled) {
      const open = (now: () => number): Backend => {
        const sound = memoryBackend({ now })
        return { run: (key, measures, calls) => sound.run(key, measures, mangle(calls)) }
      }
      const outcomes = await Promise.allSettled(storeSuite({ open, seed, steps: 2000 }).map(({ run }) => run()))
      expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0)
    }
    const frozen = storeSuite({ open: () => memoryBackend({ now: () => 1_800_000_000_000 }), seed, steps: 2000 })
    const outcomes = await Promise.allSettled(frozen.map(({ run }) => run()))
    expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(3)
  })
})

describeWith('redis', 'the store suite on Redis', (url) => {
  const prefix = unique('ratelimit-test')
  const client = ioRedis(url)
  afterAll(async () => {
    await forget(client, prefix)
    client.disconnect()
  })

  describe('through ioredis', () => {
    for (const { name, run } of storeSuite({ open: (now) => redisBackend({ client, prefix: `${prefix}-io`, now }), seed })) it(name, run, 120_000)
  })

  describe('through node-redis', () => {
    const connecting = nodeRedis(url)
    afterAll(async () => (await connecting).close())
    const open = async (now: () => number) => redisBackend({ client: await connecting, prefix: `${prefix}-node`, now })
    for (const { name, run } of storeSuite({ open, seed: seed + 1, steps: 10_000 })) it(name, run, 120_000)
  })
})

describeWith('postgres', 'the store suite on PostgreSQL', (url) => {
  const table = unique('ratelimit_test')
  const pool = connections(url)
  afterAll(async () => {
    await dropTable(pool, table)
    await pool.end()
  })

  for (const { name, run } of storeSuite({ open: (now) => postgresBackend({ client: pool, table, now, rememberMs: 2_592_000_000 }), seed })) it(name, run, 120_000)
})
