import type { Decision, Limit, Reason } from '../ground/types.ts'
import { limit } from '../core/limits.ts'

interface Bucket {
  readonly name: string
  readonly limit: bigint
  readonly perMs: bigint
  readonly burst: bigint
  /** Tokens · perMs. Rises by `limit` every millisecond, up to burst · perMs; a charge can push it below zero. */
  level: bigint
}

export interface Model {
  take(nowMs: number, cost?: number): Decision
  peek(nowMs: number, cost?: number): Decision
  give(nowMs: number, cost: number): void
  charge(nowMs: number, cost: number): Decision
  block(nowMs: number, forMs: number): void
  reset(): void
}

const ceil = (a: bigint, b: bigint): bigint => (a > 0n ? (a + b - 1n) / b : 0n)
const clamp = (tokens: bigint): number => (tokens < 0n ? 0 : Number(tokens))

/**
 * The specification in code: one key's buckets as rising levels of arbitrary-precision integers, one obvious step at a time.
 * Shares no arithmetic with the limiter (which keeps falling debts in lowest terms), so that a mistake in one is not in the other.
 * The times it is given must not go back.
 */
export function bigintModel(limits: Limit | readonly Limit[]): Model {
  const list: readonly Limit[] = Array.isArray(limits) ? limits : [limits as Limit]
  const buckets: Bucket[] = list.map((given) => {
    const { name, limit: tokens, perMs, burst } = limit(given)
    return { name, limit: BigInt(tokens), perMs: BigInt(perMs), burst: BigInt(burst), level: BigInt(burst) * BigInt(perMs) }
  })
  let lastMs: number | undefined
  let blockedUntilMs = 0

  const flow = (nowMs: number): void => {
    const elapsed = BigInt(nowMs - (lastMs ?? nowMs))
    lastMs = nowMs
    for (const bucket of buckets) {
      const full = bucket.burst * bucket.perMs
      const risen = bucket.level + elapsed * bucket.limit
      bucket.level = risen > full ? full : risen
    }
  }
  const waitOf = (bucket: Bucket, cost: bigint): bigint => ceil(cost * bucket.perMs - bucket.level, bucket.limit)
  const state = (bucket: Bucket, reason: Reason, retryAfterMs: number): Decision => ({
    allowed: reason === 'ok',
    reason,
    remaining: clamp(bucket.level / bucket.perMs),
    limit: Number(bucket.limit),
    retryAfterMs,
    resetAfterMs: Number(ceil(bucket.burst * bucket.perMs - bucket.level, bucket.limit)),
    policy: bucket.name,
  })
  const spend = (cost: bigint): void => {
    for (const bucket of buckets) bucket.level -= cost * bucket.perMs
  }
  const fewest = (): Bucket => buckets.reduce((least, bucket) => (clamp(bucket.level / bucket.perMs) < clamp(least.level / least.perMs) ? bucket : least))
  /** What the limits alone say. */
  const judge = (nowMs: number, cost: bigint): Decision => {
    flow(nowMs)
    const never = buckets.find((bucket) => cost > bucket.burst)
    if (never !== undefined) return state(never, 'impossible', Infinity)
    const slowest = buckets.reduce((worst, bucket) => (waitOf(bucket, cost) > waitOf(worst, cost) ? bucket : worst))
    const waitMs = Number(waitOf(slowest, cost))
    if (waitMs > 0) return state(slowest, 'limit', waitMs)
    spend(cost)
    const decision = state(fewest(), 'ok', 0)
    spend(-cost)
    return decision
  }
  const answer = (nowMs: number, cost: bigint, really: boolean): Decision => {
    const decision = judge(nowMs, cost)
    if (blockedUntilMs > nowMs) {
      const binding = buckets.find(({ name }) => name === decision.policy)!
      return { ...state(binding, 'blocked', Math.max(blockedUntilMs - nowMs, decision.retryAfterMs)), remaining: 0 }
    }
    if (really && decision.allowed) spend(cost)
    return decision
  }
  return {
    take: (nowMs, cost = 1) => answer(nowMs, BigInt(cost), true),
    peek: (nowMs, cost = 1) => answer(nowMs, BigInt(cost), false),
    give(nowMs, cost) {
      flow(nowMs)
      spend(-BigInt(cost))
      flow(nowMs)
    },
    charge(nowMs, cost) {
      flow(nowMs)
      spend(BigInt(cost))
      const slowest = buckets.reduce((worst, bucket) => (waitOf(bucket, 1n) > waitOf(worst, 1n) ? bucket : worst))
      const waitMs = Number(waitOf(slowest, 1n))
      return { ...state(waitMs > 0 ? slowest : fewest(), 'ok', waitMs), allowed: true }
    },
    block(nowMs, forMs) {
      blockedUntilMs = nowMs + forMs
    },
    reset() {
      blockedUntilMs = 0
      for (const bucket of buckets) bucket.level = bucket.burst * bucket.perMs
    },
  }
}
