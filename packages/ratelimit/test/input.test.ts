import * as fc from 'fast-check'
import type { Cluster, Redis } from 'ioredis'
import type { Client, Pool } from 'pg'
import type { createClient, createCluster } from 'redis'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { postgresStore, type PostgresOptions } from '../src/adapters/postgres.ts'
import { redisStore, type RedisOptions } from '../src/adapters/redis.ts'
import { defineStore } from '../src/adapters/store.ts'
import { createLimiter, limit, perDay, perHour, perMinute, perSecond, type Decision, type Key } from '../src/index.ts'
import { keyText } from '../src/core/key.ts'
import { manualClock, memoryBackend } from '../src/adapters/testing.ts'

const fresh = () => createLimiter(perMinute(10), { clock: manualClock() })

describe('costs', () => {
  it.each([Number.NaN, -1, 0.5, Infinity, -Infinity, 2 ** 53])('refuses %s as a cost, and changes nothing', (cost) => {
    const limiter = fresh()
    for (const verb of ['take', 'peek', 'give', 'charge'] as const) expect(() => limiter[verb]('k', cost)).toThrow(RangeError)
    expect(() => limiter.wait('k', { cost })).toThrow('whole number')
    expect([limiter.size, limiter.peek('k', 0).remaining]).toEqual([0, 10])
  })

  it.each(['2', null, {}, 2n, true])('refuses what is no number at all: %s', (cost) => {
    const limiter = fresh()
    expect(() => limiter.take('k', cost as unknown as number)).toThrow(TypeError)
    expect(limiter.size).toBe(0)
  })

  it('takes a cost of nothing as a question', () => {
    const limiter = fresh()
    expect(limiter.take('k', 0)).toMatchObject({ allowed: true, remaining: 10 })
    expect(limiter.size).toBe(0)
  })
})

describe('keys', () => {
  it.each([undefined, null, 7, {}, [], [undefined], [Number.NaN], [['nested']]])('refuses %s as a key', (key) => {
    const limiter = fresh()
    expect(() => limiter.take(key as unknown as Key)).toThrow(TypeError)
    expect(() => limiter.take(key as unknown as Key)).toThrow(/key: expected/)
  })

  it('treats any string as itself, also an empty one, one with braces and the names of object properties', () => {
    const limiter = fresh()
    const keys = ['', '__proto__', 'constructor', '{a}', 'a}', '*', '#', '##', '#1:a', '\u0000', '\ud800', 'é', 'e\u0301', 'x'.repeat(255)]
    for (const [index, key] of keys.entries()) limiter.take(key, index % 10)
    for (const [index, key] of keys.entries()) expect(limiter.peek(key, 0).remaining).toBe(10 - (index % 10))
  })

  it('keeps tuples apart that would run together when joined', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.oneof(fc.string({ maxLength: 3 }), fc.integer({ min: 0, max: 11 })), { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 30 }), (tuples) => {
        const plain = (tuple: readonly (string | number)[]): string => JSON.stringify(tuple.map(String))
        expect(new Set(tuples.map(keyText)).size).toBe(new Set(tuples.map(plain)).size)
      }),
    )
    fc.assert(fc.property(fc.string(), fc.array(fc.string(), { minLength: 1 }), (text, tuple) => keyText(text) !== keyText(tuple)))
  })

  it('keeps a hash of a key that is a megabyte long, and still tells such keys apart', () => {
    const limiter = fresh()
    const long = 'k'.repeat(1 << 20)
    limiter.take(`${long}a`, 3)
    limiter.take(`${long}b`, 4)
    expect([limiter.peek(`${long}a`, 0).remaining, limiter.peek(`${long}b`, 0).remaining, limiter.peek(long, 0).remaining]).toEqual([7, 6, 10])
    const names: string[] = []
    limiter.onEvent((event) => event.type === 'decision' && names.push(event.key))
    limiter.take(long)
    expect(names[0]!.length).toBeLessThan(50)
  })
})

describe('limits', () => {
  it('have names that say what they are', () => {
    expect([perSecond(5), perMinute(5), perHour(5), perDay(5), limit({ limit: 5, perMs: 90_000 }), limit({ limit: 5, perMs: 50 })].map(({ name }) => name)).toEqual([
      '5-per-second',
      '5-per-minute',
      '5-per-hour',
      '5-per-day',
      '5-per-90s',
      '5-per-50ms',
    ])
  })

  it.each([
    [() => perSecond(0), 'limit: limit: expected a whole number from 1'],
    [() => perSecond(1.5), 'got 1.5'],
    [() => perSecond(Number.NaN), 'got NaN'],
    [() => perSecond('5' as unknown as number), 'got "5"'],
    [() => perSecond(5, { burst: 0 }), 'limit: burst'],
    [() => limit({ limit: 5, perMs: -1 }), 'limit: perMs'],
    [() => perSecond(5, { name: '' }), 'limit: name'],
    [() => perSecond(5, { name: 'tab\t' }), 'printable ASCII'],
    [() => perSecond(5, { brust: 9 } as object), 'unknown option "brust"'],
    [() => perDay(999_999_937), 'cannot be counted exactly'],
    [() => createLimiter([]), 'one to eight limits'],
    [() => createLimiter([perSecond(5), perSecond(5)]), 'used twice'],
    [() => createLimiter(undefined as never), 'limit'],
    [() => createLimiter(perSecond(5), { maxKeys: 0 }), 'createLimiter: maxKeys'],
    [() => createLimiter(perSecond(5), { maxkeys: 5 } as object), 'Known options: store, clock'],
    [() => createLimiter(perSecond(5), { clock: {} as never }), 'monotonic()'],
    [() => createLimiter(perSecond(5), { shadow: 1 as never }), 'true or false'],
  ])('that make no sense are refused with what was expected: %s', (make, message) => {
    expect(make).toThrow(message)
  })

  it('are copied: changing yours afterwards changes nothing', () => {
    const mine = { limit: 5, perMs: 1000 }
    const limiter = createLimiter(mine, { clock: manualClock() })
    mine.limit = 1_000_000
    expect(limiter.peek('k', 0).limit).toBe(5)
  })
})

describe('types', () => {
  it('refuse a key that may be missing, and a decision that is written to', () => {
    const limiter = fresh()
    const missing: string | undefined = undefined
    // @ts-expect-error a key must be there
    expect(() => limiter.take(missing)).toThrow(TypeError)
    const decision = limiter.take('k')
    // @ts-expect-error decisions are read-only
    decision.allowed = true
  })

  it('take the clients of ioredis, node-redis and pg as they are', () => {
    expectTypeOf<Redis>().toExtend<RedisOptions['client']>()
    expectTypeOf<Cluster>().toExtend<RedisOptions['client']>()
    expectTypeOf<ReturnType<typeof createClient>>().toExtend<RedisOptions['client']>()
    expectTypeOf<ReturnType<typeof createCluster>>().toExtend<RedisOptions['client']>()
    expectTypeOf<Pool>().toExtend<PostgresOptions['client']>()
    expectTypeOf<Client>().toExtend<PostgresOptions['client']>()
    expectTypeOf<{ get(key: string): Promise<string> }>().not.toExtend<RedisOptions['client']>()
  })

  it('give decisions at once in memory, and promises over a store', () => {
    const local: Decision = fresh().take('k')
    const shared: Promise<Decision> = createLimiter(perMinute(10), { store: defineStore(memoryBackend({ now: () => 0 })) }).take('k')
    // @ts-expect-error an answer over a store has to be awaited
    expect(shared.allowed).toBe(undefined)
    // @ts-expect-error what only a store has is refused without one
    expect(() => createLimiter(perMinute(10), { lease: true })).toThrow('unknown option "lease"')
    return shared.then((decision) => expect(decision).toEqual(local))
  })
})

describe('keys in Redis', () => {
  it('carry one hash tag for all of a bucket, whatever is in them, so that a cluster keeps them in one slot', async () => {
    const seen: string[][] = []
    const client = { evalsha: (_sha: string, keys: number, ...args: (string | number)[]) => (seen.push(args.slice(0, keys) as string[]), Promise.resolve([0, 0, 1])), eval: () => Promise.reject(new Error('not asked')) }
    const limiter = createLimiter(perMinute(10), { store: redisStore({ client, prefix: 'p' }) })
    for (const key of ['k', '', '{a}', '}', '{}', 'x'.repeat(9999), '#1:a']) await limiter.charge(key, 1, { id: 'an {id}' })
    for (const [state, id] of seen) {
      const tag = /^\{([^{}]+)\}/.exec(state!)![1]!
      expect(state).toBe(`{${tag}}`)
      expect(id!.startsWith(`{${tag}}:`)).toBe(true)
      expect(state!.length).toBeLessThan(210)
    }
    expect(new Set(seen.map(([state]) => state)).size).toBe(7)
    expect(() => redisStore({ client, prefix: 'a{b}' })).toThrow('without braces')
    expect(() => redisStore({ client: {} as never })).toThrow('ioredis or node-redis')
    expect(() => postgresStore({ client: { query: () => Promise.reject(new Error('not asked')) }, table: 'a; drop table b' })).toThrow('small letters')
  })
})
