import { maxDebt } from '../ground/defaults.ts'
import type { Reply } from '../ground/store.ts'
import type { Decision } from '../ground/types.ts'
import type { Bandwidth } from './bandwidth.ts'
import { decide, verdict } from './decide.ts'

/** A bucket as a store described it, to which the same calls are applied here: the same whole numbers give the same answers. */
export class Replay {
  /** The reply's own list, which is used up. */
  readonly debts: number[]
  blockedMs: number
  readonly #bandwidths: readonly Bandwidth[]
  readonly #fresh: readonly boolean[]
  #named = 0

  constructor(bandwidths: readonly Bandwidth[], { debts, blockedMs, fresh }: Reply) {
    this.#bandwidths = bandwidths
    this.debts = debts
    this.blockedMs = blockedMs
    this.#fresh = fresh
  }

  peek(cost: number, ahead = 0): Decision {
    const decision = decide(this.#bandwidths, this.debts, cost, ahead)
    return this.blockedMs > 0 ? blocked(this.#bandwidths, this.debts, decision, this.blockedMs) : decision
  }

  take(cost: number): Decision {
    const decision = this.peek(cost)
    if (decision.allowed) this.#add(cost)
    return decision
  }

  give(cost: number, id: string | undefined): void {
    if (!this.#isFresh(id)) return
    for (const [index, { weight }] of this.#bandwidths.entries()) {
      const debt = this.debts[index]!
      this.debts[index] = cost >= debt / weight ? 0 : debt - cost * weight
    }
  }

  charge(cost: number, id: string | undefined): Decision {
    const fresh = this.#isFresh(id)
    const refused = overcharge(this.#bandwidths, this.debts, cost)
    if (refused !== undefined) return refused
    if (fresh) this.#add(cost)
    return standing(this.#bandwidths, this.debts)
  }

  reset(): void {
    this.debts.fill(0)
    this.blockedMs = 0
  }

  #add(cost: number): void {
    for (const [index, { weight }] of this.#bandwidths.entries()) this.debts[index]! += cost * weight
  }

  #isFresh(id: string | undefined): boolean {
    if (id === undefined) return true
    this.#named += 1
    return this.#fresh[this.#named - 1] === true
  }
}

/** A refusal of a charge that could not be counted, or nothing. */
export function overcharge(bandwidths: readonly Bandwidth[], debts: ArrayLike<number>, cost: number): Decision | undefined {
  const index = bandwidths.findIndex(({ weight }, at) => cost > (maxDebt - debts[at]!) / weight)
  return index === -1 ? undefined : verdict('impossible', bandwidths[index]!, debts[index]!, Infinity)
}

/** How a bucket stands after a charge: `retryAfterMs` says when the next single token is free. */
export function standing(bandwidths: readonly Bandwidth[], debts: ArrayLike<number>): Decision {
  const next = decide(bandwidths, debts, 1)
  return { ...(next.allowed ? decide(bandwidths, debts, 0) : next), allowed: true, reason: 'ok' }
}

/** What a blocked key is told: the longer of block and limit. */
export function blocked(bandwidths: readonly Bandwidth[], debts: ArrayLike<number>, decision: Decision, leftMs: number): Decision {
  const binding = bandwidths.findIndex(({ name }) => name === decision.policy)
  return { ...verdict('blocked', bandwidths[binding]!, debts[binding]!, Math.max(leftMs, decision.retryAfterMs)), remaining: 0 }
}
