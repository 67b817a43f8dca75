import pg from 'pg'
import { RateLimiterPostgres } from 'rate-limiter-flexible'
import { createLimiter, perHour } from '@distrokit/ratelimit'
import { postgresStore } from '@distrokit/ratelimit/postgres'
import { keep } from '../contestant.ts'
import type { Case, Contestant } from '../contestant.ts'
import { peer } from '../machine.ts'
import { inLanes, plenty, prefix } from './ratelimit-lanes.ts'

const flexible = peer('rate-limiter-flexible', 'PostgreSQL')

/** Pools of 16, and a table of its own each, which is dropped in the end. */
function contestants(url: string, keys: readonly string[], inFlight: number): readonly Contestant[] {
  const open = (): pg.Pool => new pg.Pool({ connectionString: url, max: 16 })
  return [
    {
      name: flexible, async make() {
        const pool = open()
        const limiter = await new Promise<RateLimiterPostgres>((resolve, reject) => {
          const made = new RateLimiterPostgres({ storeClient: pool, points: plenty, duration: 3600, tableName: `${prefix}_flexible` }, (error?: Error) => (error === undefined || error === null ? resolve(made) : reject(error)))
        })
        return {
          run: (count) => inLanes(count, inFlight, async (index) => keep(await limiter.consume(keys[index % keys.length] ?? ''))), least: inFlight * 4,
          close: async () => {
            await pool.query(`DROP TABLE IF EXISTS ${prefix}_flexible`)
            await pool.end()
          },
        }
      },
    },
    {
      name: '@distrokit/ratelimit', make() {
        const pool = open()
        const limiter = createLimiter(perHour(plenty), { store: postgresStore({ client: pool, table: prefix }), timeoutMs: 10_000 })
        return {
          run: (count) => inLanes(count, inFlight, async (index) => keep(await limiter.take(keys[index % keys.length] ?? ''))), least: inFlight * 4,
          close: async () => {
            await limiter.close()
            await pool.query(`DROP TABLE IF EXISTS ${prefix}, ${prefix}_ids; DROP FUNCTION IF EXISTS ${prefix}_v2`)
            await pool.end()
          },
        }
      },
    },
  ]
}

export function postgresCases(url: string): readonly Case[] {
  const many = Array.from({ length: 1000 }, (_, index) => `k${index}`)
  return [
    { name: 'PostgreSQL, 1000 keys, 1 in flight', unit: 'decision', baseline: flexible, contestants: contestants(url, many, 1) },
    { name: 'PostgreSQL, 1000 keys, 64 in flight', unit: 'decision', baseline: flexible, contestants: contestants(url, many, 64) },
    { name: 'PostgreSQL, one hot key, 64 in flight', unit: 'decision', baseline: flexible, contestants: contestants(url, ['hot'], 64) },
  ]
}

/** Whether a PostgreSQL answers there. */
export async function postgresAnswers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}
