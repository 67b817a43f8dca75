/**
 * Reissuing: the operations that a replica has made above some number get a new author, as if they had been made under that name from the beginning.
 * So work that was done under an actor id which turned out to be taken is kept, whole, and the id's other history can be taken in beside it.
 */
import type { Reissue } from './container.ts'
import type { Candidate } from './candidate.ts'
import type { Row, Tally } from './counter.ts'

export type { Reissue } from './container.ts'

export const movesTo = ({ from, above }: Reissue, actor: number, seq: number): boolean => actor === from && seq > above

export function reissueCandidates<V>(list: Candidate<V> | undefined, reissue: Reissue): Candidate<V> | undefined {
  if (list === undefined) return undefined
  const next = reissueCandidates(list.next, reissue)
  if (!movesTo(reissue, list.write.actor, list.seq)) return { ...list, next }
  return { ...list, write: { ...list.write, actor: 0 }, seq: list.seq - reissue.above, next }
}

/** One author's tally as two: what it had counted by then, and what has been counted since under the new name. */
export function splitTally({ row, base }: Tally, then: Tally | undefined, above: number): { old: Tally | undefined; fresh: Tally | undefined } {
  const zero = then?.row ?? then?.base ?? { seq: 0, up: 0, down: 0 }
  const shift = (one: Row | undefined): Row | undefined => (one === undefined || one.seq <= above ? undefined : { seq: one.seq - above, up: one.up - zero.up, down: one.down - zero.down })
  const [freshRow, freshBase] = [shift(row), shift(base)]
  // A reset since then took the old counts with it.
  const oldBase = freshBase !== undefined ? (zero.seq > 0 ? zero : undefined) : base
  const oldRow = freshBase !== undefined ? undefined : then?.row
  const old = { row: oldRow !== undefined && (oldBase === undefined || oldRow.seq > oldBase.seq) ? oldRow : undefined, base: oldBase }
  return {
    old: old.row === undefined && old.base === undefined ? undefined : old,
    fresh: freshRow === undefined && freshBase === undefined ? undefined : { row: freshRow, base: freshBase },
  }
}
