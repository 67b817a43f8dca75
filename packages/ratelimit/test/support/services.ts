import Client from 'pg/lib/client.js'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import type { PostgresLike } from '../../src/adapters/postgres.ts'

/** A client that gives up at once, so that a test sees the outage and not the client's patience. */
export function ioRedis(url: string): Redis {
  const client = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => 20, enableOfflineQueue: true })
  client.on('error', () => undefined)
  return client
}

export async function nodeRedis(url: string) {
  const client = createClient({ url, socket: { reconnectStrategy: false } })
  client.on('error', () => undefined)
  return client.connect()
}

/** Some connections, used in turn. */
export interface Connections extends PostgresLike {
  end(): Promise<void>
}

/** A small pool. (`pg` finds its own one through a condition that the test runner's resolution breaks.) A connection that is lost is made again. */
export function connections(url: string, count: number = 4): Connections {
  const open = (): Promise<Client> => {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 15_000 })
    client.on('error', () => undefined)
    const connected = client.connect().then(() => client)
    connected.catch(() => undefined)
    return connected
  }
  const clients: Promise<Client>[] = Array.from({ length: count }, open)
  const tails = clients.map((): Promise<unknown> => Promise.resolve())
  let turn = 0
  return {
    async end() {
      for (const client of clients) await client.then((one) => one.end()).catch(() => undefined)
    },
    query(query) {
      turn = (turn + 1) % count
      const at = turn
      const run = async () => {
        const client = await (clients[at] = clients[at]!.catch(open))
        return client.query(query as string).catch((error: unknown) => {
          if ((error as { code?: string }).code === undefined) clients[at] = open()
          throw error
        })
      }
      const result = tails[at]!.then(run)
      tails[at] = result.catch(() => undefined)
      return result
    },
  }
}

/** A name that no other run uses. */
export const unique = (name: string): string => `${name}_${process.pid}_${Date.now().toString(36)}`

export async function forget(client: Redis, prefix: string): Promise<void> {
  const left = await client.keys(`{${prefix}*`)
  if (left.length > 0) await client.del(left)
}

export const dropTable = (pool: Connections, table: string): Promise<unknown> =>
  pool.query(`DROP TABLE IF EXISTS ${table}, ${table}_ids; DROP FUNCTION IF EXISTS ${table}_v2`)
