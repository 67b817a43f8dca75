/**
 * Counts: plain data and pure functions. A state is a list of `[actor, up, down]` sums; a delta is a state with fewer rows.
 * (G-counter and PN-counter, Shapiro et al. 2011, as deltas after Almeida et al. 2018.)
 */
import { corrupt } from './ground/errors.ts'

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

/** The shape of what came from outside. */
export function checkCounts(state: Counts): Counts {
  const good = Array.isArray(state) && state.every((row) => Array.isArray(row) && typeof row[0] === 'string' && row[0] !== ''
    && [row[1], row[2]].every((sum) => Number.isSafeInteger(sum) && sum >= 0))
  if (!good) throw corrupt('they are no rows of [actor, up, down]')
  return state
}
