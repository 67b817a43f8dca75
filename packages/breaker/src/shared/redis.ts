import { read, typed } from '../ground/options.ts'
import type { VerdictReport, VerdictStore, VerdictView } from './store.ts'

/** What is needed of ioredis: `Redis` or `Cluster`. */
export interface IoRedisLike {
  eval(script: string, keys: number, ...args: string[]): Promise<unknown>
}

/** What is needed of node-redis: a client, a pool or a cluster. `evalSha` tells it from ioredis. */
export interface NodeRedisLike {
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

export interface RedisStoreOptions {
  /** Your client. It stays yours: nothing here closes it. */
  readonly client: IoRedisLike | NodeRedisLike
  /** Begins every key, which is `{prefix:name}:…`: the braces put all keys of a breaker into one slot of a cluster. Default `breaker`. */
  readonly prefix?: string
}

/** Four keys for each breaker, all gone an hour after the last node has looked in. Times are the server's own. */
const script = `
local nodes, votes, probe, healings = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local node, verdict = ARGV[1], ARGV[2]
local waitMs, wants, leaseMs, ttlMs = tonumber(ARGV[3]), ARGV[4] == '1', ARGV[5], tonumber(ARGV[6])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

for _, gone in ipairs(redis.call('ZRANGEBYSCORE', nodes, '-inf', now)) do
  redis.call('ZREM', nodes, gone)
  redis.call('HDEL', votes, gone)
end
redis.call('ZADD', nodes, now + ttlMs, node)
if verdict == 'open' then redis.call('HSET', votes, node, now + waitMs) else redis.call('HDEL', votes, node) end
if verdict == 'healed' then
  redis.call('DEL', votes, probe)
  redis.call('INCR', healings)
end

local count, left = 0, 0
for _, untilMs in ipairs(redis.call('HVALS', votes)) do
  count = count + 1
  left = math.max(left, tonumber(untilMs) - now)
end
local leader = redis.call('GET', probe)
if not leader and wants and left == 0 then
  redis.call('SET', probe, node, 'PX', leaseMs)
  leader = node
end
for _, key in ipairs({ nodes, votes, healings }) do redis.call('PEXPIRE', key, 3600000) end
return { redis.call('ZCARD', nodes), count, left, leader == node and 1 or 0, tonumber(redis.call('GET', healings) or 0) }
`

/**
 * Verdicts in Redis (5 or newer), one script call for each exchange.
 *
 * @throws TypeError for a client that is neither ioredis nor node-redis
 */
export function redisStore(options: RedisStoreOptions): VerdictStore {
  const { client, prefix } = read('redisStore', options, {
    client: typed<IoRedisLike | NodeRedisLike | undefined>(undefined, 'object'),
    prefix: typed<string>('breaker', 'string'),
  })
  if (typeof client?.eval !== 'function') throw new TypeError('redisStore: client must be a client of ioredis or node-redis')
  const call = (keys: string[], args: string[]): Promise<unknown> =>
    'evalSha' in client ? client.eval(script, { keys, arguments: args }) : client.eval(script, keys.length, ...keys, ...args)
  return {
    async exchange(report: VerdictReport): Promise<VerdictView> {
      const { name, node, verdict, waitMs, wantsProbe, leaseMs, ttlMs } = report
      const keys = ['nodes', 'votes', 'probe', 'healings'].map((part) => `{${prefix}:${name}}:${part}`)
      const times = [waitMs, leaseMs, ttlMs].map((ms) => String(Math.ceil(ms)))
      return viewOf(await call(keys, [node, verdict, times[0] as string, wantsProbe ? '1' : '0', times[1] as string, times[2] as string]))
    },
  }
}

/** Checked whole: what comes over a wire may be anything. */
function viewOf(reply: unknown): VerdictView {
  if (!Array.isArray(reply) || reply.length !== 5 || !reply.every((value) => Number.isFinite(Number(value)))) {
    throw new TypeError(`redisStore: expected five numbers from Redis; got ${JSON.stringify(reply)}`)
  }
  const [nodes, votes, waitMs, leads, healings] = reply.map(Number) as [number, number, number, number, number]
  return { nodes, votes, waitMs, leads: leads === 1, healings }
}
