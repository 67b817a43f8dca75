/**
 * Counters alone: plain data, four pure functions and a thin handle. A state is a list of `[actor, up, down]` sums; a delta is a state with fewer rows.
 * (G-counter and PN-counter, Shapiro et al. 2011, as deltas after Almeida et al. 2018.)
 * @module
 */
import { corrupt } from './ground/errors.ts'
import { checkActor } from './ground/options.ts'

/** What one actor has added and taken away in all; both only ever grow. */
export type CountRow = readonly [actor: string, up: number, down: number]
/** Sorted by actor: equal counters are equal JSON. */
export type Counts = readonly CountRow[]

export const zeroCounts: Counts = []

/** The delta of one increment: the actor's new sums. Join it to apply it. */
export function addCount(state: Counts, actor: string, amount: number): Counts {
  if (!Number.isSafeInteger(amount)) throw new RangeError(`A counter adds whole numbers within ±2^53; got ${String(amount)}. Count in the smallest unit.`)
  const [, up, down] = state.find(([id]) => id === actor) ?? [actor, 0, 0]
  const row: CountRow = [actor, up + Math.max(amount, 0), down + Math.max(-amount, 0)]
  if (!Number.isSafeInteger(row[1] + row[2])) throw new RangeError('A counter adds up to at most 2^53 - 1 in all per actor.')
  return [row]
}

/** Commutative, associative, idempotent: the larger sums of each actor. Returns `a` itself when `b` brings nothing. */
export function joinCounts(a: Counts, b: Counts): Counts {
  const rows = new Map(a.map((row) => [row[0], row]))
  let same = true
  for (const [actor, up, down] of b) {
    const mine = rows.get(actor)
    if (mine !== undefined && mine[1] >= up && mine[2] >= down) continue
    rows.set(actor, [actor, Math.max(up, mine?.[1] ?? 0), Math.max(down, mine?.[2] ?? 0)])
    same = false
  }
  return same ? a : [...rows.values()].sort(([x], [y]) => (x < y ? -1 : 1))
}

export const countOf = (state: Counts): number => state.reduce((sum, [, up, down]) => sum + up - down, 0)

export interface PnCounter {
  readonly value: number
  readonly state: Counts
  /** Counts here and returns the delta for the others. */
  add(amount: number): Counts
  /** Takes in a delta or a state; whether it was new. Throws `CrdtError` on what is none, with nothing changed. */
  join(delta: Counts): boolean
}

/** A counter that goes up and down. `actor` names this replica; no other may use it. */
export function pnCounter(actor: string, state: Counts = zeroCounts): PnCounter {
  checkActor(actor)
  let own = joinCounts(zeroCounts, checked(state))
  return {
    get value() { return countOf(own) },
    get state() { return own },
    add(amount) {
      const delta = addCount(own, actor, amount)
      own = joinCounts(own, delta)
      return delta
    },
    join(delta) {
      const before = own
      own = joinCounts(own, checked(delta))
      return own !== before
    },
  }
}

/** A counter that only goes up. */
export function growOnlyCounter(actor: string, state?: Counts): PnCounter {
  const counter = pnCounter(actor, state)
  return {
    get value() { return counter.value },
    get state() { return counter.state },
    add(amount) {
      if (amount < 0) throw new RangeError(`A grow-only counter adds 0 or more; got ${amount}. Use pnCounter to count down.`)
      return counter.add(amount)
    },
    join: (delta) => counter.join(delta),
  }
}

function checked(state: Counts): Counts {
  const good = Array.isArray(state) && state.every((row) => Array.isArray(row) && typeof row[0] === 'string' && row[0] !== ''
    && [row[1], row[2]].every((sum) => Number.isSafeInteger(sum) && sum >= 0))
  if (!good) throw corrupt('they are no rows of [actor, up, down]')
  return state
}
