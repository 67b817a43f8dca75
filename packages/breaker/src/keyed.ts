import { LRUCache } from 'lru-cache'
import type { Breaker } from './breaker.ts'
import { KEYED_MAX } from './ground/defaults.ts'
import { count, read } from './ground/options.ts'
import type { Call, RunOptions } from './ground/types.ts'

export interface KeyedOptions {
  /** Closed breakers kept, and open ones kept besides: 1 or more. Default 1000. The least recently used of the closed ones goes first. */
  readonly max?: number
}

/** One breaker for each key, made when first asked for, and forgotten only when it has nothing to say. */
export interface KeyedBreakers {
  /** The breaker of a key. Look it up for each call, and keep none. */
  get(key: string): Breaker
  /** `get(key).run(call, options)` */
  run<T>(key: string, call: Call<T>, options?: RunOptions): Promise<T>
  /** Breakers kept; never more than twice `max`. */
  readonly size: number
}

/** How many of the set-aside breakers are looked at when room is needed: keeps the cost of a new key constant. */
const LOOKED_AT = 8

/**
 * Breakers by key: per tenant, host or shard. Keys may come from outside, so their number is bounded.
 *
 * An open breaker is never evicted, for that would close it: it is set aside until it has closed. When as many as `max` are set aside
 * and all of them are still within their waits, a new key gets a breaker that is not kept, and so is hardly protected. That takes
 * `max` targets that are down at once; then a larger `max` is the answer.
 *
 * @param create - makes the breaker of a key; name it after the key
 * @throws TypeError or RangeError for options that are unknown or out of range
 */
export function createKeyed(create: (key: string) => Breaker, options?: KeyedOptions): KeyedBreakers {
  if (typeof create !== 'function') throw new TypeError(`createKeyed: needs a function that makes a breaker; got ${String(create)}`)
  const { max } = read('createKeyed', options, { max: count(KEYED_MAX) })
  const aside = new Map<string, Breaker>()
  const recent = new LRUCache<string, Breaker>({
    max,
    dispose: (breaker, key, reason) => {
      if (reason === 'evict' && !quiet(breaker)) aside.set(key, breaker)
    },
  })

  /** Makes room among those set aside, by looking at a few of them in turn. */
  const tidy = (): void => {
    let left = LOOKED_AT
    for (const [key, breaker] of aside) {
      if (left-- === 0) break
      aside.delete(key)
      if (!quiet(breaker) && !due(breaker)) aside.set(key, breaker)
    }
  }

  const get = (key: string): Breaker => {
    if (typeof key !== 'string') throw new TypeError(`get: the key must be a string; got ${String(key)}`)
    const kept = recent.get(key) ?? aside.get(key)
    if (kept !== undefined) {
      if (aside.has(key) && quiet(kept)) {
        aside.delete(key)
        recent.set(key, kept)
      }
      return kept
    }
    const breaker = create(key)
    if (aside.size >= max) tidy()
    if (aside.size < max || recent.size < max) recent.set(key, breaker)
    return breaker
  }

  return {
    get,
    run: (key, call, options) => get(key).run(call, options),
    get size() {
      return recent.size + aside.size
    },
  }
}

const quiet = (breaker: Breaker): boolean => breaker.state === 'closed'

/** Open, but its next call may go: little is lost with it. */
const due = (breaker: Breaker): boolean => breaker.state === 'open' && breaker.retryAfterMs === 0
