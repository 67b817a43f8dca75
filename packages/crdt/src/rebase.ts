/**
 * Rebasing a stale replica: what it did while the others went into another epoch goes on, on top of their state, under a new actor.
 *
 * Registers, maps, sets and counters are joined as ever, with the operations that the state lacks under their new name: who saw what is kept, so an old write does not
 * beat a newer one. Text and lists are done again: what was inserted stands behind what it stood behind, as far as that is still there; what was deleted goes.
 * Only the replica's own work is carried. What it had heard from others who are stale too, they carry themselves; else it would come twice.
 */
import { absorb } from './core/absorb.ts'
import { keysOf, leavesOf, nodeAt } from './core/branch.ts'
import type { Candidate } from './core/candidate.ts'
import { dotOf, has, headOf, highest } from './core/context.ts'
import type { Tally } from './core/counter.ts'
import { fromOf, type CounterPart } from './core/counter-kind.ts'
import type { Edit } from './core/container.ts'
import type { EntriesPart } from './core/entries.ts'
import type { Part } from './core/node.ts'
import { parseFrame } from './core/parse.ts'
import type { Replica } from './core/replica.ts'
import { isSequence } from './core/reissue.ts'
import { reissueFrame } from './core/reissue-frame.ts'
import { GONE, insertAfter, orderOf, remove, type Item, type SequenceNode } from './core/sequence.ts'
import type { Value } from './ground/types.ts'
import type { AnyDoc } from './doc.ts'
import { createDoc } from './document.ts'
import { CrdtError } from './ground/errors.ts'
import { checkActor, checkBytes } from './ground/options.ts'
import { insideOf } from './inside.ts'

export function rebase(doc: AnyDoc, actor: string, state: Uint8Array): Uint8Array {
  const old = insideOf(doc)
  const fresh = createDoc(old.schema, { actor: checkActor(actor), id: old.id })
  const inside = insideOf(fresh)
  const { replica } = inside
  inside.restore(checkBytes(state, 'rebase()'))
  if (highest(replica.context, 0) > 0 || old.replica.actors.indices.has(actor)) throw new TypeError(`A stale replica goes on under an actor that nobody has used; got ${JSON.stringify(actor)}.`)

  const frame = parseFrame(replica, doc.save())
  const from = [...replica.actors.ids, ...frame.newActors].indexOf(doc.actor)
  if (from === -1) return fresh.save()
  if (headOf(replica.context[from]) < highest(replica.context, from)) throw new CrdtError('gap', 'The state has some of this replica’s later work but not all before it. Take a state of a peer that has it whole.')
  const above = highest(replica.context, from)
  const reissued = reissueFrame(frame, {
    from,
    above,
    counted: (plan, keys, place) => (nodeAt(replica.root, plan, keys, false) as { tallies?: Map<number, Tally> } | undefined)?.tallies?.get(place),
  })
  const known = (by: number, seq: number): boolean => by === 0 || has(replica.context, by, seq)
  absorb(replica, {
    ...reissued,
    spans: reissued.spans.filter((span) => span.actor === 0),
    parts: reissued.parts.filter(({ plan }) => !isSequence(plan.type.form)).map((one) => ({ ...one, part: partWithin(one.part, known) })),
  })
  inside.perform((edit) => {
    for (const leaf of leavesOf(old.replica.root)) {
      if (!isSequence(leaf.plan.type.form)) continue
      const plan = replica.schema.tables[old.replica.schema.tableOf.get(leaf.plan)!]!
      redo(leaf as SequenceNode, old.replica, nodeAt(replica.root, plan, keysOf(leaf), true) as SequenceNode, replica, above, edit)
    }
  }, undefined)
  return fresh.save()
}

/** The part without operations of others that the state does not know. */
function partWithin(part: Part, known: (actor: number, seq: number) => boolean): Part {
  if ('cells' in (part as object)) {
    const { places, cells } = part as EntriesPart
    const pick = <V>(cell: Candidate<V> | undefined): Candidate<V> | undefined =>
      cell === undefined ? undefined : known(cell.write.actor, cell.seq) ? { ...cell, next: pick(cell.next) } : pick(cell.next)
    return { places, cells: cells.map(pick) }
  }
  const { places, tallies } = part as CounterPart
  const rows = places.map((place, index): [number, Tally] => {
    const { row, base } = tallies[index]!
    return [place, { row: row !== undefined && known(fromOf(place), row.seq) ? row : undefined, base }]
  }).filter(([, { row, base }]) => row !== undefined || base !== undefined)
  return { places: rows.map(([place]) => place), tallies: rows.map(([, tally]) => tally) }
}

function redo(from: SequenceNode, then: Replica, to: SequenceNode, now: Replica, above: number, edit: Edit): void {
  let last: Item | undefined
  let inserted: Value[] = []
  const flush = (): void => {
    if (inserted.length === 0) return
    const at = last === undefined ? -1 : orderOf(to).indexOf(last)
    insertAfter(to, at, inserted, edit)
    last = orderOf(to)[at + inserted.length]
    inserted = []
  }
  for (const item of orderOf(from)) {
    if (item.actor === 0 && item.seq > above) {
      if (item.value !== GONE) inserted.push(item.value)
      continue
    }
    const by = now.actors.indices.get(then.actors.ids[item.actor]!)
    const same = by === undefined ? undefined : to.items.get(dotOf(by, item.seq))
    if (same === undefined) continue
    flush()
    if (item.value === GONE && same.value !== GONE) {
      edit.seq++
      remove(to, same, edit)
    }
    last = same
  }
  flush()
}
