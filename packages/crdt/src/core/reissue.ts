/**
 * Reissuing: the operations that a replica has made above some number get a new author, as if they had been made under that name from the beginning.
 * So work that was done under an actor id which turned out to be taken is kept, whole, and the id's other history can be taken in beside it.
 */
import type { LocalSpan } from './buffer.ts'
import type { Candidate } from './candidate.ts'
import { createContext, include } from './context.ts'
import type { Row, Tally } from './counter.ts'
import type { Part } from './node.ts'
import type { Frame } from './parse.ts'
import type { Plan } from './plan.ts'

export interface Reissue {
  /** Local index of the old author; the new one has index 0. */
  readonly from: number
  /** Its last operation that stays its own. */
  readonly above: number
  /** What the old author had counted by then at a place, where it has counted since. Counters travel as sums, so they must be told apart. */
  counted(plan: Plan, keys: readonly string[], place: number): Tally | undefined
}

export const movesTo = ({ from, above }: Reissue, actor: number, seq: number): boolean => actor === from && seq > above

/** A whole frame with its operations reissued, ready to be absorbed by an empty replica of the new author. */
export function reissueFrame(frame: Frame, reissue: Reissue): Frame {
  const { from, above } = reissue
  const spans = frame.spans.flatMap((span): LocalSpan[] => {
    if (span.actor !== from || span.to <= above) return [span]
    const moved = { actor: 0, from: Math.max(span.from, above + 1) - above, to: span.to - above }
    return span.from <= above ? [{ ...span, to: above }, moved] : [moved]
  })
  const context = createContext()
  for (const span of spans) include(context, span.actor, span.from, span.to)
  const parts = frame.parts.map(({ plan, keys, part }): { plan: Plan; keys: readonly string[]; part: Part } => (
    { plan, keys, part: plan.leaf!.reissue(part, reissue, (place) => reissue.counted(plan, keys, place)) }))
  return { ...frame, spans, context, seen: context, dead: [], parts }
}

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
