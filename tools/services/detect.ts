import { greet } from './greeting.ts'
import type { Greeting } from './greeting.ts'
import { hearNats, hearPostgres, hearRedis, startupMessage } from './handshakes.ts'

export type ServiceName = 'postgres' | 'redis' | 'nats'

export interface Service {
  readonly name: ServiceName
  /** As people write it. */
  readonly title: string
  readonly host: string
  readonly port: number
  /** For a client: `postgres://…`, `redis://…`, `nats://…`. */
  readonly url: string
  readonly greeting: Greeting
}

export const limitMs = 1_000

/** Asks each service whether it answers, all at once, each with a real handshake of at most one second. */
export async function detectServices(env: NodeJS.ProcessEnv = process.env): Promise<Readonly<Record<ServiceName, Service>>> {
  const user = env['PGUSER'] ?? 'postgres'
  const database = env['PGDATABASE'] ?? 'test'
  const password = env['PGPASSWORD']
  const [postgres, redis, nats] = await Promise.all([
    ask('postgres', 'PostgreSQL', env['PGHOST'], env['PGPORT'] ?? '5432', {
      hello: startupMessage(user, database),
      hear: (bytes) => hearPostgres(bytes, password !== undefined),
    }),
    ask('redis', 'Redis', env['REDIS_HOST'], env['REDIS_PORT'] ?? '6379', { hello: Buffer.from('PING\r\n'), hear: hearRedis }),
    ask('nats', 'NATS', env['NATS_HOST'], env['NATS_PORT'] ?? '4222', { hear: hearNats }),
  ])
  const credentials = password === undefined ? encodeURIComponent(user) : `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
  return { postgres: { ...postgres, url: `postgres://${credentials}@${postgres.host}:${postgres.port}/${database}` }, redis, nats }
}

async function ask(
  name: ServiceName,
  title: string,
  host: string | undefined,
  port: string,
  talk: { hello?: Uint8Array; hear(bytes: Buffer): Greeting | undefined },
): Promise<Service> {
  // A folder in PGHOST means a socket file; tests talk TCP to this machine only.
  const address = { host: host === undefined || host.startsWith('/') ? '127.0.0.1' : host, port: Number(port) }
  return { name, title, ...address, url: `${name}://${address.host}:${address.port}`, greeting: await greet({ ...address, limitMs, ...talk }) }
}

/** REQUIRE_SERVICES=1 turns a missing service from a loud skip into a failure. */
export function areRequired(env: NodeJS.ProcessEnv = process.env): boolean {
  return env['REQUIRE_SERVICES'] === '1'
}
