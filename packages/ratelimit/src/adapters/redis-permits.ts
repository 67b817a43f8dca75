import { readNumbers } from '../ground/options.ts'
import type { PermitBackend, PermitStore } from '../ground/permits.ts'
import { permitScript } from '../redis/permits.ts'
import { definePermitStore } from '../shared/concurrency.ts'
import { caller, checkPrefix, type IoRedisLike, type NodeRedisLike } from './redis-client.ts'
import { storedKey } from './stored-key.ts'

export interface RedisPermitsOptions {
  /** Your client. It stays yours: nothing here closes it. */
  readonly client: IoRedisLike | NodeRedisLike
  /** Begins every key, which is `{prefix:key}`. 1 to 64 characters without braces, default `permits`. */
  readonly prefix?: string | undefined
}

/** `createConcurrency({ limit: 20, store: redisPermits({ client: new Redis() }) })` */
export function redisPermits(options: RedisPermitsOptions): PermitStore {
  return definePermitStore(permitBackend(options))
}

/** The backend alone: one sorted set a key, on the server's clock, gone when its last permit has expired. */
export function permitBackend(options: RedisPermitsOptions): PermitBackend {
  readNumbers('redisPermits', options, {}, ['client', 'prefix'])
  const { client, prefix = 'permits' } = options
  checkPrefix('redisPermits', prefix)
  const call = caller('redisPermits', client, permitScript)
  const run = async (verb: string, key: string, ...args: (string | number)[]): Promise<readonly number[]> => {
    const answer = await call([`{${prefix}:${storedKey(key)}}`], [verb, ...args.map(String)])
    if (!Array.isArray(answer) || answer.length !== 3 || !answer.every(Number.isSafeInteger)) throw new Error('The store answered with something that is no reply.')
    return answer as number[]
  }
  return {
    async acquire(key, id, limit, leaseMs) {
      const [granted, inFlight = 0, retryAfterMs = 0] = await run('acquire', key, id, limit, leaseMs)
      return { granted: granted === 1, inFlight, retryAfterMs }
    },
    renew: async (key, id, leaseMs) => (await run('renew', key, id, 0, leaseMs))[0] === 1,
    release: async (key, id) => (await run('release', key, id))[0] === 1,
    count: async (key) => (await run('count', key))[1] ?? 0,
  }
}
