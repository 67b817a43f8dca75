/** Entries: candidates by place. A register is one place, a map of registers has a place per key, a set a place per element. */
import type { Scalar, Value } from '../ground/types.ts'
import { compareActors } from './actors.ts'
import { every, holds, joinCandidates, type Candidate } from './candidate.ts'
import { dotOf, has, type Context, type Seen } from './context.ts'
import type { Edit, Transaction } from './container.ts'
import { STALE, type Node } from './node.ts'
import { touch, touchFromAfar } from './trail.ts'

export type Place = Scalar
export type Cell = Candidate<Value>

export interface EntriesNode extends Node {
  /** Never holds an empty list: a place without candidates is absent. */
  readonly entries: Map<Place, Cell>
}

/** A part of a frame: places in wire order, each with its candidates (undefined: nothing lives there any more). */
export interface EntriesPart {
  readonly places: readonly Place[]
  readonly cells: readonly (Cell | undefined)[]
}

const NOTHING: EntriesPart = { places: [], cells: [] }

/** In parentheses V8 compiles a function with its module instead of at the first call: a first change, for which somebody waits, finds its way ready. */
export const put = ((node: EntriesNode, place: Place, value: Value, edit: Edit, stamped: boolean): void => {
  const before = node.entries.get(place)
  node.entries.set(place, { write: stamped ? edit.write ?? edit.stamp() : edit.author, seq: ++edit.seq, value, next: undefined })
  const { trail } = edit
  // Documents are filled by the hundred thousand: what is new beside the last touch takes no further call.
  if (before === undefined && trail?.node === node && node.cache === STALE && !node.plan.isPart) trail.places.push(place)
  else {
    if (before !== undefined) bury(before, edit)
    touch(edit, node, place, before)
  }
})

/** Consumes a dot although nothing is stored: only so does a context tell that something was removed. */
export function drop(node: EntriesNode, place: Place, edit: Edit): boolean {
  const before = node.entries.get(place)
  if (before === undefined) return false
  edit.seq++
  bury(before, edit)
  node.entries.delete(place)
  touch(edit, node, place, before)
  return true
}

function bury(cell: Cell | undefined, transaction: Transaction): void {
  for (let at = cell; at !== undefined; at = at.next) transaction.dead.push(dotOf(at.write.actor, at.seq))
}

export function setCell(node: EntriesNode, place: Place, cell: Cell | undefined): void {
  if (cell === undefined) node.entries.delete(place)
  else node.entries.set(place, cell)
}

/**
 * Joins a part. At the places that it names the rule of candidates holds; a whole frame also speaks about every place that it does not name:
 * what it has seen and does not list is dead. Contexts are joined by the caller afterwards.
 */
export function joinEntries(node: EntriesNode, part: EntriesPart | undefined, frame: Seen, whole: boolean, seen: Seen, transaction: Transaction): void {
  const { places, cells } = part ?? NOTHING
  if (whole) dropUnnamed(node, places, frame, seen, transaction)
  for (let index = 0; index < places.length; index++) {
    const place = places[index]!
    const before = node.entries.get(place)
    const yours = cells[index]
    // Most places of a state that is new here are new, with one candidate each.
    if (before === undefined && yours !== undefined && yours.next === undefined) {
      if (seen(yours.write.actor, yours.seq)) continue
      node.entries.set(place, yours)
      touchFromAfar(transaction, node, place, undefined, yours)
      continue
    }
    const after = joinCandidates(before, seen, yours, frame)
    if (after !== before) replace(node, place, before, after, transaction)
  }
}

/** Most places here are unknown to the frame, or it knows none but those that it names: so which those are is only looked up where it matters. */
function dropUnnamed(node: EntriesNode, places: readonly Place[], frame: Seen, seen: Seen, transaction: Transaction): void {
  const isUnheard = ({ write, seq }: Cell): boolean => !frame(write.actor, seq)
  let named: Set<Place> | undefined
  for (const [place, before] of node.entries) {
    if (every(before, isUnheard) || (named ??= new Set(places)).has(place)) continue
    const after = joinCandidates(before, seen, undefined, frame)
    if (after !== before) replace(node, place, before, after, transaction)
  }
}

function replace(node: EntriesNode, place: Place, before: Cell | undefined, after: Cell | undefined, transaction: Transaction): void {
  for (let at = before; at !== undefined; at = at.next) if (!holds(after, at.write.actor, at.seq)) transaction.dead.push(dotOf(at.write.actor, at.seq))
  setCell(node, place, after)
  touchFromAfar(transaction, node, place, before, after)
}

/** Candidates in the one order of the wire: by actor id, then by sequence number. */
export function ordered(cell: Cell | undefined, ids: readonly string[]): Cell[] {
  const list: Cell[] = []
  for (let at = cell; at !== undefined; at = at.next) list.push(at)
  if (list.length > 1) list.sort((a, b) => compareActors(ids, a.write.actor, b.write.actor) || a.seq - b.seq)
  return list
}

/** The candidates of a place that are in a context, as a list of links again; undefined when none is. */
export function within(cell: Cell | undefined, context: Context): Cell | undefined {
  if (cell !== undefined && cell.next === undefined) return has(context, cell.write.actor, cell.seq) ? cell : undefined
  let result: Cell | undefined
  for (let at = cell; at !== undefined; at = at.next) if (has(context, at.write.actor, at.seq)) result = { ...at, next: result }
  return result
}
