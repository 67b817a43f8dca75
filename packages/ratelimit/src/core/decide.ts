import { maxDebt } from '../ground/defaults.ts'
import type { Decision, Reason } from '../ground/types.ts'
import type { Bandwidth } from './bandwidth.ts'

/** What is left of a debt from which `each` was taken so many `times`. Exact: a product that is too large to be so is larger than any debt, and then nothing is left. */
export const drained = (debt: number, times: number, each: number): number => {
  const left = debt - times * each
  return left > 0 ? left : 0
}

/**
 * The whole algorithm. A bucket is its debt: 0 is full, `capacity` is empty, more is a charge that still has to drain.
 * A request fits if its weight fits on top of the debt in every bandwidth. Of several the one that binds answers: the first that can never
 * hold the cost, else the one that makes it wait longest, else the one with the fewest tokens left.
 * `ahead` is the cost of those who wait in front. O(bandwidths); nothing is changed.
 * Exact: all operands are whole numbers below 2^53, and the quotient of two such numbers floors and ceils correctly.
 */
export function decide(bandwidths: readonly Bandwidth[], debts: ArrayLike<number>, cost: number, ahead: number = 0): Decision {
  let binding: Decision | undefined
  for (const [index, bandwidth] of bandwidths.entries()) {
    const owed = debts[index]!
    const other = answer(bandwidth, owed, owed + (ahead + cost) * bandwidth.weight, cost)
    if (binding === undefined || other.retryAfterMs > binding.retryAfterMs || (binding.allowed && other.remaining < binding.remaining)) binding = other
  }
  return binding!
}

/**
 * What one bandwidth says on its own, of a cost that would make what is `owed` into `after`. One way out, so that a caller who only asks
 * whether it is allowed pays for no object.
 */
export function answer(bandwidth: Bandwidth, owed: number, after: number, cost: number): Decision {
  const { weight, drain, capacity } = bandwidth
  const fits = after <= capacity
  const never = cost > bandwidth.burst
  const debt = fits ? after : owed
  return {
    allowed: fits,
    reason: fits ? 'ok' : never ? 'impossible' : 'limit',
    remaining: debt < capacity ? Math.floor((capacity - debt) / weight) : 0,
    limit: bandwidth.limit,
    retryAfterMs: fits ? 0 : never ? Infinity : Math.ceil((after - capacity) / drain),
    resetAfterMs: Math.ceil(debt / drain),
    policy: bandwidth.name,
  }
}

/** A refusal for another reason than the bucket, which is told as it stands. */
export function refuse(reason: Reason, bandwidth: Bandwidth, debt: number, retryAfterMs: number): Decision {
  return { ...answer(bandwidth, debt, debt, 0), allowed: false, reason, retryAfterMs }
}

/** A refusal of a charge that could not be counted, or nothing. */
export function overcharge(bandwidths: readonly Bandwidth[], debts: ArrayLike<number>, cost: number): Decision | undefined {
  for (const [index, bandwidth] of bandwidths.entries()) {
    if (debts[index]! + cost * bandwidth.weight > maxDebt) return refuse('impossible', bandwidth, debts[index]!, Infinity)
  }
  return undefined
}

/** How a bucket stands after a charge: `retryAfterMs` says when the next single token is free. */
export function standing(bandwidths: readonly Bandwidth[], debts: ArrayLike<number>): Decision {
  const next = decide(bandwidths, debts, 1)
  return next.allowed ? decide(bandwidths, debts, 0) : { ...next, allowed: true, reason: 'ok' }
}

/** What a blocked key is told: the longer of block and limit. */
export function blocked(bandwidths: readonly Bandwidth[], debts: ArrayLike<number>, { policy, retryAfterMs }: Decision, leftMs: number): Decision {
  const binding = bandwidths.findIndex(({ name }) => name === policy)
  return { ...refuse('blocked', bandwidths[binding]!, debts[binding]!, Math.max(leftMs, retryAfterMs)), remaining: 0 }
}
