import { MemoryStore } from 'express-rate-limit'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { createLimiter, perHour, perSecond } from '@distrokit/ratelimit'
import { keep } from '../contestant.ts'
import type { Case, Suite } from '../contestant.ts'
import { peer } from '../machine.ts'
import { plenty } from './ratelimit-lanes.ts'
import { postgresAnswers, postgresCases } from './ratelimit-postgres.ts'
import { redisAnswers, redisCases } from './ratelimit-redis.ts'

const flexible = peer('rate-limiter-flexible', 'memory')
const express = peer('express-rate-limit', 'memory')
const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'
const postgresUrl = process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'

function takes(name: string, keyCount: number): Case {
  const keys = Array.from({ length: keyCount }, (_, index) => `user-${index}`)
  return {
    name, unit: 'decision', baseline: flexible,
    contestants: [
      {
        name: flexible, make() {
          const limiter = new RateLimiterMemory({ points: plenty, duration: 1 })
          return { async run(count) { for (let i = 0; i < count; i++) keep(await limiter.consume(keys[i % keyCount] ?? '').catch((refusal: unknown) => refusal)) } }
        },
      },
      {
        name: express, make() {
          const store = new MemoryStore()
          store.init({ windowMs: 3_600_000 } as Parameters<MemoryStore['init']>[0])
          return { async run(count) { for (let i = 0; i < count; i++) keep((await store.increment(keys[i % keyCount] ?? '')).totalHits <= plenty) }, close: () => store.shutdown() }
        },
      },
      {
        name: '@distrokit/ratelimit', make() {
          const limiter = createLimiter(perSecond(plenty))
          return { run(count) { for (let i = 0; i < count; i++) keep(limiter.take(keys[i % keyCount] ?? '')) }, close: () => limiter[Symbol.dispose]() }
        },
      },
      {
        name: '@distrokit/ratelimit, two limits', make() {
          const limiter = createLimiter([perSecond(plenty), perHour(plenty * 1_000)])
          return { run(count) { for (let i = 0; i < count; i++) keep(limiter.take(keys[i % keyCount] ?? '')) }, close: () => limiter[Symbol.dispose]() }
        },
      },
    ],
  }
}

export const suite: Suite = {
  package: 'ratelimit',
  note: 'one decision; in memory the others answer with a promise, so their figures hold one turn of the microtask queue. Redis and PostgreSQL where they answer (REDIS_URL, POSTGRES_URL)',
  cases: [
    takes('allowed, one key', 1),
    takes('allowed, 10 000 keys', 10_000),
    {
      name: 'refused, one key', unit: 'decision', baseline: flexible,
      contestants: [
        {
          name: flexible, async make() {
            const limiter = new RateLimiterMemory({ points: 1, duration: 86_400 })
            await limiter.consume('user')
            return { async run(count) { for (let i = 0; i < count; i++) await limiter.consume('user').catch(keep) } }
          },
        },
        {
          name: '@distrokit/ratelimit', make() {
            const limiter = createLimiter(perHour(1))
            limiter.take('user')
            return { run(count) { for (let i = 0; i < count; i++) keep(limiter.take('user')) }, close: () => limiter[Symbol.dispose]() }
          },
        },
      ],
    },
    ...((await redisAnswers(redisUrl)) ? redisCases(redisUrl) : []),
    ...((await postgresAnswers(postgresUrl)) ? postgresCases(postgresUrl) : []),
  ],
}
