/**
 * Buckets in Redis: one script call for all that is asked in one tick, on the server's clock. Takes your own client, ioredis or node-redis,
 * single node or cluster. Nothing is written for a refusal, and a key expires at the moment its bucket is full, so expiry forgets nothing.
 */
import type { Backend, Call, Measure, Reply, Store } from '../ground/store.ts'
import { readNumbers } from '../ground/options.ts'
import { script } from '../redis/script.ts'
import { caller, checkPrefix, refusedWith, type IoRedisLike, type NodeRedisLike } from './redis-client.ts'
import { storedKey } from './stored-key.ts'
import { orderOf } from '../shared/order.ts'
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
  /**
   * Most buckets that one script call may be about; 1 to 1000, default 32. A cluster says so when their slots differ, and is asked for each
   * bucket from then on. Say 1 for a proxy that spreads keys over servers and does not say so.
   */
  readonly batch?: number | undefined
  /** Another clock than the server's, in milliseconds: for simulations and tests only. Keys then outlive their bucket by a day. */
  readonly now?: (() => number) | undefined
}

/** `createLimiter(perMinute(100), { store: redisStore({ client: new Redis() }) })` */
export function redisStore(options: RedisOptions): Store {
  return defineStore(redisBackend(options))
}

interface Question {
  readonly key: string
  readonly measures: readonly Measure[]
  readonly calls: readonly Call[]
  answer(reply: Reply): void
  fail(error: unknown): void
}

const texts = new WeakMap<readonly Measure[], string>()

/** The limits as JSON: the same objects come with every call. */
function limitsText(measures: readonly Measure[]): string {
  let text = texts.get(measures)
  if (text === undefined) {
    text = JSON.stringify(measures.map(({ weight, drain, capacity }) => [weight, drain, capacity]))
    texts.set(measures, text)
  }
  return text
}

/** The backend alone, for the store suite. */
export function redisBackend(options: RedisOptions): Backend {
  const what = 'redisStore'
  const ranges = { rememberMs: [3_600_000, 1000, 2_592_000_000], batch: [32, 1, 1000] } as const
  const { rememberMs, batch } = readNumbers(what, options, ranges, ['client', 'prefix', 'now'])
  const { prefix = 'ratelimit', now } = options
  checkPrefix(what, prefix)
  const call = caller(what, options.client, script)
  let most = batch
  let asked: Question[] = []

  const send = (questions: readonly Question[], measures: readonly Measure[]): void => {
    const keys: string[] = []
    for (const { key, calls } of questions) {
      const bucket = `{${prefix}:${storedKey(key)}}`
      keys.push(bucket)
      for (const { id } of calls) if (id !== undefined) keys.push(`${bucket}:${storedKey(id)}`)
    }
    const orders = questions.map(({ calls }) => calls.map(orderOf))
    call(keys, [`[${limitsText(measures)},${JSON.stringify(orders)},${rememberMs},${now?.() ?? false}]`]).then(
      (reply) => {
        let at = 0
        for (const { calls, answer } of questions) {
          const one = readReply(reply, measures.length, calls, at)
          at += 1 + measures.length + one.fresh.length
          answer(one)
        }
      },
      (error: unknown) => {
        if (questions.length === 1 || !refusedWith(error, 'CROSSSLOT')) return questions.forEach(({ fail }) => fail(error))
        most = 1
        for (const question of questions) send([question], measures)
      },
    )
  }
  const flush = (): void => {
    const questions = asked
    asked = []
    for (let at = 0, end = 0; at < questions.length; at = end) {
      const { measures } = questions[at]!
      while (end < questions.length && end < at + most && questions[end]!.measures === measures) end += 1
      send(questions.slice(at, end), measures)
    }
  }
  return {
    run: (key, measures, calls) =>
      new Promise((answer, fail) => {
        if (asked.push({ key, measures, calls, answer, fail }) === 1) queueMicrotask(flush)
      }),
  }
}
