import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import { createLimiter, perSecond } from '@distrokit/ratelimit'
import { redisStore } from '@distrokit/ratelimit/redis'
import { keep } from '../contestant.ts'
import type { Case, Contestant } from '../contestant.ts'
import { peer } from '../machine.ts'
import { inLanes, plenty, prefix } from './ratelimit-lanes.ts'

/** The least that one round trip can do: GCRA on one number, on the server's clock. A floor, not a product. */
const bare = `local t=redis.call('TIME') local now=t[1]*1000000+t[2]
local inc,tol=tonumber(ARGV[1]),tonumber(ARGV[2])
local tat=tonumber(redis.call('GET',KEYS[1]) or now) if tat<now then tat=now end
local new=tat+inc local over=new-now-tol
if over>0 then return {0,over,tat-now} end
redis.call('SET',KEYS[1],string.format('%.0f',new),'PX',math.ceil((new-now)/1000))
return {1,0,new-now}`
const sha = createHash('sha1').update(bare).digest('hex')
const script = 'bare GCRA script, ioredis'
const flexible = peer('rate-limiter-flexible', 'Redis')

/** Every contestant has a connection of its own, and leaves nothing: what it writes expires within a second. */
function contestants(url: string, keys: readonly string[], inFlight: number, names: readonly string[]): readonly Contestant[] {
  const ours = (name: string, lease: boolean): Contestant => ({
    name, make() {
      const client = new Redis(url)
      const limiter = createLimiter(perSecond(plenty), { store: redisStore({ client, prefix }), timeoutMs: 10_000, lease })
      return {
        run: (count) => inLanes(count, inFlight, async (index) => keep(await limiter.take(keys[index % keys.length] ?? ''))), least: inFlight * 4,
        close: async () => {
          await limiter.close()
          client.disconnect()
        },
      }
    },
  })
  const all: readonly Contestant[] = [
    {
      name: script, async make() {
        const client = new Redis(url)
        await client.script('LOAD', bare)
        const step = 1_000_000 / plenty
        return {
          run: (count) => inLanes(count, inFlight, async (index) => keep(await client.evalsha(sha, 1, `${prefix}:bare:${keys[index % keys.length]}`, step, step * plenty))), least: inFlight * 4,
          close: () => client.disconnect(),
        }
      },
    },
    {
      name: flexible, make() {
        const client = new Redis(url)
        const limiter = new RateLimiterRedis({ storeClient: client, points: plenty, duration: 1, keyPrefix: `${prefix}:flexible` })
        return { run: (count) => inLanes(count, inFlight, async (index) => keep(await limiter.consume(keys[index % keys.length] ?? ''))), least: inFlight * 4, close: () => client.disconnect() }
      },
    },
    ours('@distrokit/ratelimit', false),
    ours('@distrokit/ratelimit, leases', true),
  ]
  return all.filter(({ name }) => names.includes(name))
}

export function redisCases(url: string): readonly Case[] {
  const many = Array.from({ length: 1000 }, (_, index) => `k${index}`)
  const hot = many.slice(0, 4)
  const plain = [script, flexible, '@distrokit/ratelimit']
  return [
    { name: 'Redis, 1000 keys, 1 in flight', unit: 'decision', baseline: script, contestants: contestants(url, many, 1, plain) },
    { name: 'Redis, 1000 keys, 64 in flight', unit: 'decision', baseline: script, contestants: contestants(url, many, 64, plain) },
    { name: 'Redis, 4 hot keys, 64 in flight', unit: 'decision', baseline: flexible, contestants: contestants(url, hot, 64, [...plain, '@distrokit/ratelimit, leases']) },
  ]
}

/** Whether a Redis answers there. */
export async function redisAnswers(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 1000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return (await client.ping()) === 'PONG'
  } catch {
    return false
  } finally {
    client.disconnect()
  }
}
