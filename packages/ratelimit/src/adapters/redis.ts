/**
 * Buckets in Redis: one script call per decision or batch, on the server's clock. Takes your own client, ioredis or node-redis, single
 * node or cluster. Nothing is written for a refusal, and a key expires at the moment its bucket is full, so expiry forgets nothing.
 */
import { createHash } from 'node:crypto'
import type { Backend, Measure, Reply, Store } from '../ground/store.ts'
import { checkNames, wholeNumber } from '../ground/options.ts'
import { script } from '../redis/script.ts'
import { storedKey } from './stored-key.ts'
import { readReply } from '../shared/reply.ts'
import { defineStore } from '../shared/store.ts'

/** What is needed of ioredis: `Redis` or `Cluster`. */
export interface IoRedisLike {
  evalsha(sha: string, keys: number, ...args: (string | number)[]): Promise<unknown>
  eval(script: string, keys: number, ...args: (string | number)[]): Promise<unknown>
}

/** What is needed of node-redis: a client, a pool or a cluster. */
export interface NodeRedisLike {
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

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
const sha = createHash('sha1').update(script).digest('hex')

/** The backend alone, for the store suite. */
export function redisBackend(options: RedisOptions): Backend {
  checkNames('redisStore', options, ['client', 'prefix', 'rememberMs', 'now'])
  const { prefix = 'ratelimit', now } = options
  if (typeof prefix !== 'string' || !/^[^{}]{1,64}$/.test(prefix)) throw new RangeError('redisStore: prefix: expected 1 to 64 characters without braces.')
  const remember = String(wholeNumber('redisStore: rememberMs', options.rememberMs ?? 3_600_000, 1000, 2_592_000_000))
  const [byHash, byText] = forms(options.client)
  return {
    run(key, measures, calls) {
      const state = `{${prefix}:${storedKey(key)}}`
      const keys = [state]
      const args = [...numbersOf(measures), remember, now === undefined ? '' : String(now())]
      for (const { verb, cost, count, id } of calls) {
        args.push(verbs[verb], String(cost), String(count), id === undefined ? '0' : '1')
        if (id !== undefined) keys.push(`${state}:${storedKey(id)}`)
      }
      const read = (answer: unknown): Reply => readReply(answer, measures.length)
      // By hash, and once by text where the server does not know the script (yet, or any more).
      return byHash(keys, args).then(read, (error: unknown) => {
        if (error instanceof Error && error.message.startsWith('NOSCRIPT')) return byText(keys, args).then(read)
        throw error
      })
    },
  }
}

const texts = new WeakMap<readonly Measure[], readonly string[]>()

/** The first arguments, which are the same for all calls of a limiter. */
function numbersOf(measures: readonly Measure[]): readonly string[] {
  let text = texts.get(measures)
  if (text === undefined) {
    text = [measures.length, ...measures.flatMap(({ weight, drain, capacity }) => [weight, drain, capacity])].map(String)
    texts.set(measures, text)
  }
  return text
}


type Caller = (keys: string[], args: string[]) => Promise<unknown>

function forms(client: IoRedisLike | NodeRedisLike): readonly [Caller, Caller] {
  if (typeof client === 'object' && client !== null && 'evalSha' in client && typeof client.evalSha === 'function') {
    return [(keys, args) => client.evalSha(sha, { keys, arguments: args }), (keys, args) => client.eval(script, { keys, arguments: args })]
  }
  if (typeof client === 'object' && client !== null && 'evalsha' in client && typeof client.evalsha === 'function') {
    return [(keys, args) => client.evalsha(sha, keys.length, ...keys, ...args), (keys, args) => client.eval(script, keys.length, ...keys, ...args)]
  }
  throw new TypeError('redisStore: client: expected an ioredis or node-redis client (with evalsha or evalSha).')
}
