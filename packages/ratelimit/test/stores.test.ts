import { afterAll, describe, expect, it } from 'vitest'
import { postgresBackend } from '../src/adapters/postgres.ts'
import type { Backend, Call } from '../src/adapters/store.ts'
import { redisBackend } from '../src/adapters/redis.ts'
import { compareWithModel, memoryBackend, storeSuite } from '../src/adapters/testing.ts'
import { connectIoRedis, connectNodeRedis, connectPostgres, unique } from './support/services.ts'

const seed = Number(process.env['SEED'] ?? 20_261_123)

describe('the limiter in memory', () => {
  it('answers 100 000 random steps as a BigInt model does', async () => {
    const { differences, steps, admitted, refused } = await compareWithModel({ seed })
    expect(differences).toEqual([])
    expect(steps).toBeGreaterThanOrEqual(100_000)
    expect(Math.min(admitted, refused)).toBeGreaterThan(20_000)
  })
})

describe('the store suite', () => {
  describe('on the reference store', () => {
    for (const { name, run } of storeSuite({ open: (now) => memoryBackend({ now }), seed, steps: 20_000 })) it(name, run)
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

const redis = await connectIoRedis()
const nodeRedis = redis === undefined ? undefined : await connectNodeRedis()
const prefix = unique('ratelimit-test')

describe.skipIf(redis === undefined)('Redis', () => {
  afterAll(async () => {
    const left = await redis!.keys(`{${prefix}*`)
    if (left.length > 0) await redis!.del(left)
    redis!.disconnect()
    await nodeRedis?.close()
  })

  describe('through ioredis', () => {
    for (const { name, run } of storeSuite({ open: (now) => redisBackend({ client: redis!, prefix: `${prefix}-io`, now }), seed })) it(name, run)
  })

  describe('through node-redis', () => {
    for (const { name, run } of storeSuite({ open: (now) => redisBackend({ client: nodeRedis!, prefix: `${prefix}-node`, now }), seed: seed + 1, steps: 20_000 })) it(name, run)
  })
})

const pool = await connectPostgres()
const table = unique('ratelimit_test')

describe.skipIf(pool === undefined)('PostgreSQL', () => {
  afterAll(async () => {
    await pool!.query(`DROP TABLE IF EXISTS ${table}, ${table}_ids; DROP FUNCTION IF EXISTS ${table}_v1`)
    await pool!.end()
  })

  for (const { name, run } of storeSuite({ open: (now) => postgresBackend({ client: pool!, table, now, rememberMs: 2_592_000_000 }), seed })) it(name, run)
})
