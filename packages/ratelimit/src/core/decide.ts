import type { Decision, Reason } from '../ground/types.ts'
import type { Bandwidth } from './bandwidth.ts'

/** What is left of a debt after `elapsedMs`. Comparing before multiplying keeps every product below 2^53. */
export const drained = (debt: number, elapsedMs: number, drain: number): number =>
  elapsedMs >= Math.ceil(debt / drain) ? 0 : debt - elapsedMs * drain

/**
 * The whole algorithm. A bucket is its debt: 0 is full, `capacity` is empty, more is a charge that still has to drain.
 * A request fits if its weight fits on top of the debt in every bandwidth; if not, the slowest one says how long to wait.
 * `ahead` is the cost of those who wait in front. O(bandwidths); nothing is changed.
 * Exact: all operands are whole numbers below 2^53, and the quotient of two such numbers floors and ceils correctly.
 */
export function decide(bandwidths: readonly Bandwidth[], debts: ArrayLike<number>, cost: number, ahead = 0): Decision {
  let binding = 0
  let waitMs = 0
  let fewest = Infinity
  for (let index = 0; index < bandwidths.length; index += 1) {
    const { burst, weight, capacity, drain } = bandwidths[index]!
    if (cost > burst) return verdict('impossible', bandwidths[index]!, debts[index]!, Infinity)
    const over = debts[index]! + (ahead + cost) * weight - capacity
    if (over > 0) {
      const ms = Math.ceil(over / drain)
      if (ms > waitMs) {
        waitMs = ms
        binding = index
      }
    } else if (waitMs === 0) {
      const left = Math.floor((0 - over) / weight)
      if (left < fewest) {
        fewest = left
        binding = index
      }
    }
  }
  const { limit, weight, drain, name } = bandwidths[binding]!
  if (waitMs > 0) return verdict('limit', bandwidths[binding]!, debts[binding]!, waitMs)
  const resetAfterMs = Math.ceil((debts[binding]! + cost * weight) / drain)
  return { allowed: true, reason: 'ok', remaining: fewest, limit, retryAfterMs: 0, resetAfterMs, policy: name }
}

/** A decision about one bandwidth as it stands, with nothing taken. */
export function verdict(reason: Reason, bandwidth: Bandwidth, debt: number, retryAfterMs: number): Decision {
  const { weight, capacity, drain, limit, name } = bandwidth
  const allowed = reason === 'ok' || reason === 'shadow'
  const remaining = debt >= capacity ? 0 : Math.floor((capacity - debt) / weight)
  return { allowed, reason, remaining, limit, retryAfterMs, resetAfterMs: Math.ceil(debt / drain), policy: name }
}
