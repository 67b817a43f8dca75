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
export function decide(bandwidths: readonly Bandwidth[], debts: ArrayLike<number>, cost: number, ahead: number = 0): Decision {
  const binding = bandwidths.length === 1 ? 0 : bindingOf(bandwidths, debts, cost, ahead)
  return answer(bandwidths[binding]!, debts[binding]!, cost, ahead)
}

/** What one bandwidth says on its own. */
export function answer(bandwidth: Bandwidth, debt: number, cost: number, ahead: number): Decision {
  const { burst, weight, capacity, drain, limit, name } = bandwidth
  const room = capacity - debt - (ahead + cost) * weight
  if (cost > burst) return verdict('impossible', bandwidth, debt, Infinity)
  if (room < 0) return verdict('limit', bandwidth, debt, Math.ceil((0 - room) / drain))
  const resetAfterMs = Math.ceil((debt + cost * weight) / drain)
  return { allowed: true, reason: 'ok', remaining: Math.floor(room / weight), limit, retryAfterMs: 0, resetAfterMs, policy: name }
}

/** The first bandwidth that can never hold the cost, else the one that makes it wait longest, else the one with the fewest tokens left. */
function bindingOf(bandwidths: readonly Bandwidth[], debts: ArrayLike<number>, cost: number, ahead: number): number {
  let binding = 0
  let waitMs = 0
  let fewest = Infinity
  for (let index = 0; index < bandwidths.length; index += 1) {
    const { burst, weight, capacity, drain } = bandwidths[index]!
    if (cost > burst) return index
    const room = capacity - debts[index]! - (ahead + cost) * weight
    const ms = room < 0 ? Math.ceil((0 - room) / drain) : 0
    const left = room < 0 ? 0 : Math.floor(room / weight)
    if (ms > waitMs || (waitMs === 0 && left < fewest)) {
      waitMs = ms
      fewest = left
      binding = index
    }
  }
  return binding
}

/** A decision about one bandwidth as it stands, with nothing taken. */
export function verdict(reason: Reason, bandwidth: Bandwidth, debt: number, retryAfterMs: number): Decision {
  const { weight, capacity, drain, limit, name } = bandwidth
  const allowed = reason === 'ok' || reason === 'shadow'
  const remaining = debt >= capacity ? 0 : Math.floor((capacity - debt) / weight)
  return { allowed, reason, remaining, limit, retryAfterMs, resetAfterMs: Math.ceil(debt / drain), policy: name }
}
