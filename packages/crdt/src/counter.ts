/**
 * Counters alone: plain data, pure functions and a thin handle. Deltas and states are plain JSON.
 * @module
 */
import { addCount, checkCounts, countOf, joinCounts, zeroCounts, type Counts } from './counts.ts'
import { checkActor } from './ground/options.ts'

export { addCount, countOf, joinCounts, zeroCounts } from './counts.ts'
export type { CountRow, Counts } from './counts.ts'
export { addToLedger, boundedCounter, joinLedgers, rightsOf, sumOf, transferRights, zeroLedger } from './bounded-counter.ts'
export type { BoundedCounter, BoundedCounterHandleOptions, Ledger } from './bounded-counter.ts'

export interface PnCounter {
  readonly value: number
  state(): Counts
  /** Counts here and returns the delta for the others. */
  add(amount: number): Counts
  /** Takes in a delta or a state; whether it was new. Throws `CrdtError` on what is none, with nothing changed. */
  join(delta: Counts): boolean
}

/** A counter that goes up and down. `actor` names this replica; no other may use it. */
export function pnCounter(actor: string, state: Counts = zeroCounts): PnCounter {
  checkActor(actor)
  let own = joinCounts(zeroCounts, checkCounts(state))
  return {
    get value() { return countOf(own) },
    state: () => own,
    add(amount) {
      const delta = addCount(own, actor, amount)
      own = joinCounts(own, delta)
      return delta
    },
    join(delta) {
      const before = own
      own = joinCounts(own, checkCounts(delta))
      return own !== before
    },
  }
}

/** A counter that only goes up. */
export function growOnlyCounter(actor: string, state?: Counts): PnCounter {
  const counter = pnCounter(actor, state)
  return {
    get value() { return counter.value },
    state: counter.state,
    add(amount) {
      if (amount < 0) throw new RangeError(`A grow-only counter adds 0 or more; got ${amount}. Use pnCounter to count down.`)
      return counter.add(amount)
    },
    join: (delta) => counter.join(delta),
  }
}
