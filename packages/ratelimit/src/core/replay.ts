import type { Reply } from '../ground/store.ts'
import type { Decision } from '../ground/types.ts'
import type { Bandwidth } from './bandwidth.ts'
import { blocked, decide, drained, overcharge, standing } from './decide.ts'

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
    if (this.#isFresh(id)) this.#add(-cost)
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

  /** A refund is a cost of less than nothing. */
  #add(cost: number): void {
    for (const [index, { weight }] of this.#bandwidths.entries()) this.debts[index] = drained(this.debts[index]!, -cost, weight)
  }

  #isFresh(id: string | undefined): boolean {
    if (id === undefined) return true
    this.#named += 1
    return this.#fresh[this.#named - 1] === true
  }
}
