import Client from 'pg/lib/client.js'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import type { PostgresLike } from '../../src/adapters/postgres.ts'

/** The real services on this machine. A missing one is reported loudly, and is a failure when REQUIRE_SERVICES=1. */
export const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'
export const postgresUrl = process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'

const missing = (what: string, error: unknown): undefined => {
  const message = `${what} does not answer (${error instanceof Error ? error.message || String((error as { code?: string }).code) : String(error)}): its tests are SKIPPED`
  if (process.env['REQUIRE_SERVICES'] === '1') throw new Error(message)
  console.warn(message)
  return undefined
}

export async function connectIoRedis(url: string = redisUrl): Promise<Redis | undefined> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    client.disconnect()
    return missing('Redis', error)
  }
}

export async function connectNodeRedis() {
  const client = createClient({ url: redisUrl, socket: { reconnectStrategy: false } })
  client.on('error', () => undefined)
  return client.connect().catch((error: unknown) => missing('Redis', error))
}

/** Some connections, used in turn. */
export interface Connections extends PostgresLike {
  end(): Promise<void>
}

export async function connectPostgres(url: string = postgresUrl, count: number = 4): Promise<Connections | undefined> {
  const clients = Array.from({ length: count }, () => new Client({ connectionString: url, connectionTimeoutMillis: 2000 }))
  for (const client of clients) client.on('error', () => undefined)
  const end = async (): Promise<void> => void (await Promise.allSettled(clients.map((client) => client.end())))
  try {
    await Promise.all(clients.map((client) => client.connect()))
  } catch (error) {
    await end()
    return missing('PostgreSQL', error)
  }
  const tails = clients.map((): Promise<unknown> => Promise.resolve())
  let turn = 0
  return {
    end,
    query(query) {
      turn = (turn + 1) % count
      const client = clients[turn]!
      const result = tails[turn]!.then(() => client.query(query as string))
      tails[turn] = result.catch(() => undefined)
      return result
    },
  }
}

/** A name that no other run uses. */
export const unique = (name: string): string => `${name}_${process.pid}_${Date.now().toString(36)}`
