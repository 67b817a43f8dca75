import { LRUCache } from 'lru-cache'
import type { Bandwidth } from '../core/bandwidth.ts'
import { blocked, decide, drained } from '../core/decide.ts'
import type { Decision } from '../ground/types.ts'

interface Known {
  debts: readonly number[]
  blockedMs: number
  sentMs: number
  receivedMs: number
}

/**
 * What the store last said about keys that were refused. Others can only add to a debt, so what is left of it after the time since the
 * question was sent is a lower bound: a cost that does not fit on top of that is refused here, and the store would say the same.
 * An entry that is lost costs a round trip and never quota, which is what a cache is for.
 */
export class Recall {
  readonly #known: LRUCache<string, Known>
  readonly #recallMs: number

  constructor(maxKeys: number, recallMs: number) {
    this.#known = new LRUCache({ max: maxKeys })
    this.#recallMs = recallMs
  }

  get size(): number {
    return this.#known.size
  }

  /** Remembers a bucket by which somebody was refused. */
  note(key: string, known: Known): void {
    if (this.#recallMs > 0) this.#known.set(key, known)
  }

  forget(key: string): void {
    if (this.#known.size > 0) this.#known.delete(key)
  }

  clear(): void {
    this.#known.clear()
  }

  /** A refusal that the store would repeat, or nothing. The wait it names counts from when the answer came: at most a round trip too long, never too short. */
  refuse(key: string, bandwidths: readonly Bandwidth[], cost: number, nowMs: number): Decision | undefined {
    if (this.#known.size === 0) return undefined
    const known = this.#known.get(key)
    if (known === undefined) return undefined
    if (nowMs - known.receivedMs > this.#recallMs) return void this.#known.delete(key)
    // One more millisecond, because both clocks are read in whole ones.
    if (judge(known, bandwidths, cost, nowMs - known.sentMs + 1).allowed) return undefined
    const decision = judge(known, bandwidths, cost, nowMs - known.receivedMs)
    return decision.allowed || decision.reason === 'impossible' ? undefined : decision
  }

  /** Whole tokens the key owes at least, for a local limiter to start from. Forgets the key. */
  hand(key: string, bandwidths: readonly Bandwidth[], nowMs: number): number {
    const known = this.#known.get(key)
    if (known === undefined) return 0
    this.#known.delete(key)
    const owed = bandwidths.map(({ weight, drain }, index) => drained(known.debts[index] ?? 0, nowMs - known.sentMs, drain) / weight)
    return Math.floor(Math.max(...owed))
  }
}

function judge({ debts, blockedMs }: Known, bandwidths: readonly Bandwidth[], cost: number, elapsedMs: number): Decision {
  const ms = Math.max(0, Math.floor(elapsedMs))
  const now = bandwidths.map(({ drain }, index) => drained(debts[index] ?? 0, ms, drain))
  const decision = decide(bandwidths, now, cost)
  return blockedMs > ms ? blocked(bandwidths, now, decision, blockedMs - ms) : decision
}
