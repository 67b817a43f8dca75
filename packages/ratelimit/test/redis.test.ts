import { afterAll, describe, expect, it } from 'vitest'
import { describeWith } from '../../../tools/services/index.ts'
import { redisBackend, redisStore } from '../src/adapters/redis.ts'
import { createLimiter, perHour, perMinute } from '../src/index.ts'
import { forget, ioRedis, unique } from './support/services.ts'

/** A server that counts what it is asked, and answers that every bucket was full. */
function fullBuckets(refuse: (keys: readonly string[]) => Error | undefined = () => undefined) {
  const asked: string[][] = []
  const evalsha = (_sha: string, count: number, ...args: (string | number)[]): Promise<unknown> => {
    const keys = args.slice(0, count) as string[]
    asked.push(keys)
    const error = refuse(keys)
    return error === undefined ? Promise.resolve(keys.flatMap(() => [0, 0])) : Promise.reject(error)
  }
  return { asked, client: { evalsha, eval: () => Promise.reject(new Error('not asked')) } }
}

const throwing = { evalsha: () => { throw new Error('no connection') }, eval: () => Promise.reject(new Error('not asked')) }

const takeAll = (limiter: { take(key: string): Promise<{ readonly allowed: boolean; readonly remaining: number }> }, count: number) =>
  Promise.all(Array.from({ length: count }, (_, index) => limiter.take(`k${index}`)))

describe('Redis is asked', () => {
  it('once for all keys of one tick, and in batches of no more than it says', async () => {
    const { asked, client } = fullBuckets()
    const limiter = createLimiter(perMinute(10), { store: redisStore({ client, batch: 4 }) })
    const decisions = await takeAll(limiter, 10)
    expect(decisions.every(({ allowed, remaining }) => allowed && remaining === 9)).toBe(true)
    expect(asked.map((keys) => keys.length)).toEqual([4, 4, 2])
    expect(() => redisStore({ client, batch: 0 })).toThrow('redisStore: batch')
  })

  it('without harm to anybody when the client throws', async () => {
    const limiter = createLimiter(perMinute(10), { store: redisStore({ client: throwing }), outage: 'refuse' })
    expect((await takeAll(limiter, 3)).some(({ allowed }) => allowed)).toBe(false)
  })

  it('apart for limiters with other limits, though they share a store', async () => {
    const { asked, client } = fullBuckets()
    const store = redisStore({ client })
    const [minutely, hourly] = [createLimiter(perMinute(10), { store }), createLimiter(perHour(7), { store })]
    const [a, b] = await Promise.all([minutely.take('a'), hourly.take('b')])
    expect([a.limit, b.limit, asked.length]).toEqual([10, 7, 2])
  })

  it('key by key once a cluster has said that their slots differ, and nobody is refused for that', async () => {
    const { asked, client } = fullBuckets((keys) => (keys.length > 1 ? new Error("CROSSSLOT Keys in request don't hash to the same slot") : undefined))
    const limiter = createLimiter(perMinute(10), { store: redisStore({ client }), outage: 'refuse' })
    for (let round = 0; round < 2; round += 1) expect((await takeAll(limiter, 3)).every(({ allowed }) => allowed)).toBe(true)
    expect(asked.map((keys) => keys.length)).toEqual([3, 1, 1, 1, 1, 1, 1])
  })
})

describeWith('redis', 'Redis', (url) => {
  const direct = ioRedis(url)
  const prefix = unique('batch')
  afterAll(async () => {
    await forget(direct, prefix)
    direct.disconnect()
  })
  const measures = [{ weight: 200, drain: 1, capacity: 1000 }]
  const take = [{ verb: 'take', cost: 1, count: 1 }] as const

  it('answers for each key of a batch, whatever lies in another one of them', async () => {
    const backend = redisBackend({ client: direct, prefix, now: () => 1_800_000_000_000 })
    await direct.set(`{${prefix}:text}`, 'no bucket')
    await direct.lpush(`{${prefix}:list}`, 'no bucket either')
    const ask = () => Promise.all(['a', 'text', 'list', 'b'].map((key) => backend.run(key, measures, take)))
    await ask()
    expect(await ask()).toEqual([
      { blockedMs: 0, debts: [200], fresh: [] },
      { blockedMs: -1, debts: [0], fresh: [] },
      { blockedMs: -1, debts: [0], fresh: [] },
      { blockedMs: 0, debts: [200], fresh: [] },
    ])
    expect([await direct.get(`{${prefix}:text}`), await direct.llen(`{${prefix}:list}`)]).toEqual(['no bucket', 1])
  })

  it('decides by the rule of an outage where something else lies in the place of a bucket', async () => {
    await direct.set(`{${prefix}:other}`, 'no bucket')
    const limiter = createLimiter(perMinute(10), { store: redisStore({ client: direct, prefix }), outage: 'refuse', timeoutMs: 5000 })
    expect(await limiter.take('other')).toMatchObject({ allowed: false, reason: 'store' })
  })
})
