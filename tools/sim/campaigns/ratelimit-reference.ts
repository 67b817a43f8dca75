import type { Decision, Limit } from '../../../packages/ratelimit/src/index.ts'

/** Buckets by key, as slow and obvious as can be: fractions of tokens as BigInt, one bucket per limit and key, nothing forgotten. */
export interface Buckets {
  take(key: string, cost: number, now: number): Omit<Decision, 'limit'>
  peek(key: string, cost: number, now: number): Omit<Decision, 'limit'>
  give(key: string, cost: number, now: number): void
  charge(key: string, cost: number, now: number): void
  reset(key: string): void
}

interface Bucket {
  readonly name: string
  readonly burst: number
  readonly limit: bigint
  readonly perMs: bigint
  /** What is missing from a full bucket, in 1/perMs of a token. */
  debt: bigint
  at: number
}

const upTo = (whole: bigint, by: bigint): number => Number((whole + by - 1n) / by)

export function createBuckets(limits: readonly Limit[]): Buckets {
  const keys = new Map<string, Bucket[]>()

  function at(key: string, now: number): Bucket[] {
    let buckets = keys.get(key)
    if (buckets === undefined) {
      buckets = limits.map(({ limit, perMs, burst = limit, name = '' }) => ({ name, burst, limit: BigInt(limit), perMs: BigInt(perMs), debt: 0n, at: now }))
      keys.set(key, buckets)
    }
    for (const bucket of buckets) {
      const flowed = BigInt(now - bucket.at) * bucket.limit
      bucket.debt = bucket.debt > flowed ? bucket.debt - flowed : 0n
      bucket.at = now
    }
    return buckets
  }

  function peek(key: string, cost: number, now: number): Omit<Decision, 'limit'> {
    const answers = at(key, now).map(({ name, burst, limit, perMs, debt }) => {
      const room = BigInt(burst) * perMs - debt - BigInt(cost) * perMs
      const free = BigInt(burst) * perMs - debt
      if (cost > burst) return { allowed: false, reason: 'impossible' as const, remaining: free > 0n ? Number(free / perMs) : 0, retryAfterMs: Infinity, resetAfterMs: upTo(debt, limit), policy: name }
      if (room < 0n) return { allowed: false, reason: 'limit' as const, remaining: free > 0n ? Number(free / perMs) : 0, retryAfterMs: upTo(-room, limit), resetAfterMs: upTo(debt, limit), policy: name }
      return { allowed: true, reason: 'ok' as const, remaining: Number(room / perMs), retryAfterMs: 0, resetAfterMs: upTo(debt + BigInt(cost) * perMs, limit), policy: name }
    })
    const never = answers.find((answer) => answer.reason === 'impossible')
    if (never !== undefined) return never
    const refused = answers.filter((answer) => !answer.allowed)
    const [first, ...others] = refused.length > 0 ? refused : answers
    if (first === undefined) throw new Error('no limits')
    return others.reduce((best, answer) => (refused.length > 0 ? answer.retryAfterMs > best.retryAfterMs : answer.remaining < best.remaining) ? answer : best, first)
  }

  return {
    peek,
    take(key, cost, now) {
      const decision = peek(key, cost, now)
      if (decision.allowed) for (const bucket of at(key, now)) bucket.debt += BigInt(cost) * bucket.perMs
      return decision
    },
    give(key, cost, now) {
      for (const bucket of at(key, now)) bucket.debt = bucket.debt > BigInt(cost) * bucket.perMs ? bucket.debt - BigInt(cost) * bucket.perMs : 0n
    },
    charge(key, cost, now) {
      for (const bucket of at(key, now)) bucket.debt += BigInt(cost) * bucket.perMs
    },
    reset: (key) => void keys.delete(key),
  }
}
