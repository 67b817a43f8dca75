/**
 * Buckets in Redis: one script call per decision or batch, on the server's clock. Takes your own client, ioredis or node-redis, single
 * node or cluster. Nothing is written for a refusal, and a key expires at the moment its bucket is full, so expiry forgets nothing.
 */
import type { Backend, Measure, Store } from '../ground/store.ts'
import { readNumbers } from '../ground/options.ts'
import { script, takeScript } from '../redis/script.ts'
import { caller, checkPrefix, type IoRedisLike, type NodeRedisLike } from './redis-client.ts'
import { storedKey } from './stored-key.ts'
import { readReply } from '../shared/reply.ts'
import { defineStore } from '../shared/store.ts'

export type { IoRedisLike, NodeRedisLike } from './redis-client.ts'
export { permitBackend, redisPermits, type RedisPermitsOptions } from './redis-permits.ts'

export interface RedisOptions {
  /** Your client. It stays yours: the limiter never closes it. */
  readonly client: IoRedisLike | NodeRedisLike
  /** Begins every key, which is `{prefix:key}`: the braces put all keys of one bucket into one slot of a cluster. 1 to 64 characters without braces, default `ratelimit`. */
  readonly prefix?: string | undefined
  /** How long the `id` of a charge or refund is remembered, in milliseconds; 1000 to 2 592 000 000, default one hour. */
  readonly rememberMs?: number | undefined
  /** Another clock than the server's, in milliseconds: for simulations and tests only. Keys then outlive their bucket by a day. */
  readonly now?: (() => number) | undefined
}

/** `createLimiter(perMinute(100), { store: redisStore({ client: new Redis() }) })` */
export function redisStore(options: RedisOptions): Store {
  return defineStore(redisBackend(options))
}

const verbs = { take: '1', give: '2', charge: '3', block: '4', reset: '5' }

/** The backend alone, for the store suite. */
export function redisBackend(options: RedisOptions): Backend {
  const { rememberMs } = readNumbers('redisStore', options, { rememberMs: [3_600_000, 1000, 2_592_000_000] }, ['client', 'prefix', 'now'])
  const { prefix = 'ratelimit', now } = options
  checkPrefix('redisStore', prefix)
  const remember = String(rememberMs)
  const take = caller('redisStore', options.client, takeScript)
  const all = caller('redisStore', options.client, script)

  const runAll: Backend['run'] = async (key, measures, calls) => {
    const state = `{${prefix}:${storedKey(key)}}`
    const keys = [state]
    const args = [String(measures.length), ...measures.flatMap(numbersOf), remember, now === undefined ? '' : String(now())]
    for (const { verb, cost, count, id } of calls) {
      args.push(verbs[verb], String(cost), String(count), id === undefined ? '0' : '1')
      if (id !== undefined) keys.push(`${state}:${storedKey(id)}`)
    }
    return readReply(await all(keys, args), measures.length)
  }
  return {
    run(key, measures, calls) {
      const [measure, call] = [measures[0], calls[0]]
      if (measures.length > 1 || calls.length > 1 || call?.verb !== 'take' || call.cost === 0 || measure === undefined) return runAll(key, measures, calls)
      const args = [...numbersOf(measure), String(call.cost), String(call.count)]
      if (now !== undefined) args.push(String(now()))
      return take([`{${prefix}:${storedKey(key)}}`], args).then((answer) => (answer === null ? runAll(key, measures, calls) : readReply(answer, 1)))
    },
  }
}

const texts = new WeakMap<Measure, readonly string[]>()

/** The numbers of a limit as text: the same objects come with every call. */
function numbersOf(measure: Measure): readonly string[] {
  let text = texts.get(measure)
  if (text === undefined) {
    text = [measure.weight, measure.drain, measure.capacity].map(String)
    texts.set(measure, text)
  }
  return text
}
