/**
 * Reissuing: the operations that a replica has made above some number get a new author, as if they had been made under that name from the beginning.
 * So work that was done under an actor id which turned out to be taken is kept, whole, and the id's other history can be taken in beside it.
 */
import type { Candidate } from './candidate.ts'
import type { Form, Plan } from './container.ts'
import { actorOf, dotOf, seqOf } from './context.ts'
import type { Row, Tally } from './counter.ts'
import { fromOf, pair, toOf, type CounterPart } from './counter-kind.ts'
import type { EntriesPart } from './entries.ts'
import type { Part } from './node.ts'
import { AT_START, type Row as SequenceRow } from './sequence-kind.ts'

export interface Reissue {
  /** Local index of the old author; the new one has index 0. */
  readonly from: number
  /** Its last operation that stays its own. */
  readonly above: number
  /** What the old author had counted by then at a place, where it has counted since. Counters travel as sums, so they must be told apart. */
  counted(plan: Plan, keys: readonly string[], place: number): Tally | undefined
}

const movesTo = ({ from, above }: Reissue, actor: number, seq: number): boolean => actor === from && seq > above

function reissueCandidates<V>(list: Candidate<V> | undefined, reissue: Reissue): Candidate<V> | undefined {
  if (list === undefined) return undefined
  const next = reissueCandidates(list.next, reissue)
  if (!movesTo(reissue, list.write.actor, list.seq)) return { ...list, next }
  return { ...list, write: { ...list.write, actor: 0 }, seq: list.seq - reissue.above, next }
}

/** One author's tally as two: what it had counted by then, and what has been counted since under the new name. */
function splitTally({ row, base }: Tally, then: Tally | undefined, above: number): { old: Tally | undefined; fresh: Tally | undefined } {
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

export const isSequence = (form: Form): boolean => form === 'text' || form === 'list'
const isCounter = (form: Form): boolean => form === 'counter' || form === 'boundedCounter'

/** The part of a frame that speaks about one node, with the author's later operations under the new name. */
export function reissuePart(plan: Plan, keys: readonly string[], part: Part, reissue: Reissue): Part {
  const { form } = plan.type
  if (isSequence(form)) return (part as readonly SequenceRow[]).map((row) => reissueRow(row, reissue))
  if (isCounter(form)) return reissueCounter(part as CounterPart, reissue, (place) => reissue.counted(plan, keys, place))
  const { places, cells } = part as EntriesPart
  return { places, cells: cells.map((cell) => reissueCandidates(cell, reissue)) }
}

function reissueRow(row: SequenceRow, reissue: Reissue): SequenceRow {
  const own = movesTo(reissue, row.actor, row.seq)
  const parent = row.hangs !== AT_START && movesTo(reissue, actorOf(row.parent), seqOf(row.parent)) ? dotOf(0, seqOf(row.parent) - reissue.above) : row.parent
  return { ...row, actor: own ? 0 : row.actor, seq: own ? row.seq - reissue.above : row.seq, parent }
}

function reissueCounter(part: CounterPart, { from, above }: Reissue, counted: (place: number) => Tally | undefined): CounterPart {
  const tallies = new Map<number, Tally>()
  for (const [index, place] of part.places.entries()) {
    const tally = part.tallies[index]!
    if (fromOf(place) !== from) {
      tallies.set(place, tally)
      continue
    }
    const touched = (tally.row?.seq ?? 0) > above || (tally.base?.seq ?? 0) > above
    const { old, fresh } = touched ? splitTally(tally, counted(place), above) : { old: tally, fresh: undefined }
    if (old !== undefined) tallies.set(place, old)
    if (fresh !== undefined) tallies.set(pair(0, toOf(place) === from ? 0 : toOf(place)), fresh)
  }
  return { places: [...tallies.keys()], tallies: [...tallies.values()] }
}
