import { LRUCache } from 'lru-cache'
import type { Bandwidth } from '../core/bandwidth.ts'
import { decide, drained } from '../core/decide.ts'
import type { Replay } from '../core/replay.ts'
import type { Call } from '../ground/store.ts'
import type { Decision } from '../ground/types.ts'

const aimMs = 50
const idleMs = 200
const most = 10_000

interface Lease {
  /** Tokens fetched, and of these used. */
  granted: number
  used: number
  /** The debts before the lease, at the time of the answer. */
  before: readonly number[]
  sentMs: number
  receivedMs: number
  /** Requests since the store was last asked, and when that was: how hot the key is. */
  heat: number
  sinceMs: number
  lastUsedMs: number
}

/**
 * Permits of hot keys, fetched in advance. Taken at the store they count at once, so no two processes can use the same one. A permit kept
 * in a drawer must not outlive the refill it would have had, or a full bucket and a full drawer could be spent together. So what is left
 * shrinks by whatever the bucket would have gained beyond full without the lease: elapsed · drain − the debt before it. With that, using
 * a permit is the same as giving it back and taking it anew, and the store's bound holds for every window.
 */
export class Leases {
  readonly #leases: LRUCache<string, Lease>
  readonly #replicas: number

  /** `giveBack` tells the store of permits of a key that fell out of the cache. */
  constructor(replicas: number, giveBack: (key: string, lease: Lease) => void) {
    this.#replicas = replicas
    this.#leases = new LRUCache({ max: most, dispose: (lease, key, reason) => void (reason === 'evict' && giveBack(key, lease)) })
  }

  /** A permit from the drawer, or nothing. */
  use(key: string, bandwidths: readonly Bandwidth[], cost: number, nowMs: number): Decision | undefined {
    const lease = this.#leases.get(key)
    if (lease === undefined) return undefined
    lease.heat += 1
    if (cost > left(lease, bandwidths, nowMs)) return undefined
    lease.used += cost
    lease.lastUsedMs = nowMs
    const debts = bandwidths.map(({ weight, drain }, index) => drained(lease.before[index]! + lease.used * weight, Math.floor(nowMs - lease.receivedMs), drain))
    const { remaining, limit, resetAfterMs, policy } = decide(bandwidths, debts, 0)
    return { allowed: true, reason: 'ok', remaining, limit, retryAfterMs: 0, resetAfterMs, policy }
  }

  /** What to fetch with the next batch: what the key has been using in 50 ms, at most a fair part of what is free, nothing near exhaustion. */
  want(key: string, bandwidths: readonly Bandwidth[], takes: number, nowMs: number): Call | undefined {
    const lease = this.#leases.get(key)
    if (lease === undefined) {
      if (takes > 0) this.#leases.set(key, fresh(takes, nowMs))
      return undefined
    }
    if (left(lease, bandwidths, nowMs) >= 1) return undefined
    const rate = (lease.heat + takes) / Math.max(1, nowMs - lease.sinceMs)
    const free = bandwidths.map(({ capacity, weight, drain }, index) => (capacity - drained(lease.before[index] ?? 0, Math.floor(nowMs - lease.receivedMs), drain)) / weight)
    const count = Math.floor(Math.min(rate * aimMs, Math.min(...free) / (4 * this.#replicas)))
    lease.heat = 0
    lease.sinceMs = nowMs
    return count >= 2 ? { verb: 'take', cost: 1, count } : undefined
  }

  /** Puts away what the store granted of `asked` on top of the batch. */
  store(key: string, bandwidths: readonly Bandwidth[], replay: Replay, asked: number, sentMs: number, nowMs: number): void {
    const lease = this.#leases.peek(key)
    if (lease === undefined) return
    const rooms = bandwidths.map(({ capacity, weight }, index) => Math.floor((capacity - replay.debts[index]!) / weight))
    lease.before = [...replay.debts]
    lease.granted = replay.blockedMs > 0 ? 0 : Math.max(0, Math.min(asked, ...rooms))
    lease.used = 0
    lease.sentMs = sentMs
    lease.receivedMs = nowMs
    lease.lastUsedMs = nowMs
  }

  /** Tokens in all drawers. */
  stranded(bandwidths: readonly Bandwidth[], nowMs: number): number {
    let sum = 0
    for (const lease of this.#leases.values()) sum += left(lease, bandwidths, nowMs)
    return sum
  }

  /** Empties the drawers nobody used for a while, or all. */
  *collect(nowMs: number, all: boolean): Generator<readonly [key: string, lease: Lease]> {
    for (const [key, lease] of this.#leases.entries()) {
      if (!all && nowMs - lease.lastUsedMs < idleMs) continue
      this.#leases.delete(key)
      yield [key, lease]
    }
  }

  drop(key: string): void {
    this.#leases.delete(key)
  }

  keys(): IterableIterator<string> {
    return this.#leases.keys()
  }

  get size(): number {
    return this.#leases.size
  }
}

const fresh = (heat: number, nowMs: number): Lease => ({ granted: 0, used: 0, before: [], sentMs: nowMs, receivedMs: nowMs, heat, sinceMs: nowMs, lastUsedMs: nowMs })

/** Whole permits that may still be used at this moment, or be given back then. */
export function left({ granted, used, before, sentMs }: Pick<Lease, 'granted' | 'used' | 'before' | 'sentMs'>, bandwidths: readonly Bandwidth[], nowMs: number): number {
  if (granted === used) return 0
  const elapsedMs = Math.ceil(nowMs - sentMs) + 1
  let tokens = granted - used
  for (const [index, { weight, drain }] of bandwidths.entries()) {
    const overflow = elapsedMs * drain - before[index]!
    if (overflow > 0) tokens = Math.min(tokens, Math.floor(((granted - used) * weight - overflow) / weight))
  }
  return Math.max(0, tokens)
}
