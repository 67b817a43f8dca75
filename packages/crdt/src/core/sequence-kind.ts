/** Sequences as a kind: patches, and runs of items on the wire. */
import { corrupt } from '../ground/errors.ts'
import type { Patch, Value } from '../ground/types.ts'
import { readUints, writeUints, readStrings, writeStrings } from './codec/columns.ts'
import { checkCount } from './codec/reader.ts'
import { readValues, writeValues } from './codec/values.ts'
import { dotOf, has } from './context.ts'
import { STALE, type LeafKind, type Touch } from './node.ts'
import { attach, compareItems, detach, GONE, orderOf, remove, unitsOf, visible, type Item, type SequenceNode } from './sequence.ts'
import { collect, garbage, settled } from './sequence-epoch.ts'
import { touchFromAfar } from './trail.ts'
import { actorAt, checkDot, wireActor } from './wire.ts'

export const AT_START = 0
const LEFT = 1
const RIGHT = 2
/** A run that a collection has laid flat: each item hangs at the beginning, one rank after the other. */
const FLAT = 3

/** One item as a frame tells of it; `parent` is a packed dot. */
export interface Row {
  readonly actor: number
  readonly seq: number
  readonly hangs: number
  readonly parent: number
  readonly rank: number
  readonly port: number
  readonly value: Value | typeof GONE
}

/** Whether an item goes on with the run of the one before it: one writer, typed in one go, alike in being there or gone, and chained or flat as the run is. */
function continues(run: readonly Item[], item: Item): boolean {
  const last = run.at(-1)!
  if (item.actor !== last.actor || item.seq !== last.seq + 1 || (item.value === GONE) !== (last.value === GONE)) return false
  if (item.parent === last) return item.right && !isFlat(run)
  return followsFlat(last, item) && (run.length === 1 || isFlat(run))
}

const followsFlat = (last: Item, item: Item): boolean => last.parent === undefined && item.parent === undefined && item.rank === last.rank + 1 && item.port === 0 && last.port === 0
const isFlat = (run: readonly Item[]): boolean => run.length > 1 && followsFlat(run[0]!, run[1]!)

function hangsOf(run: readonly Item[]): number {
  const [first] = run as [Item]
  return first.parent !== undefined ? (first.right ? RIGHT : LEFT) : isFlat(run) ? FLAT : AT_START
}

function runsOf(items: readonly Item[]): Item[][] {
  const runs: Item[][] = []
  for (const item of items) {
    const run = runs.at(-1)
    if (run !== undefined && continues(run, item)) run.push(item)
    else runs.push([item])
  }
  return runs
}

/** One patch per stretch: walks the order once, counting what was shown before and what is shown now. */
function patchesOf(node: SequenceNode, touches: readonly Touch[], path: readonly string[]): Patch[] {
  const was = new Map(touches.map(({ place, before }) => [place as Item, before]))
  const text = node.plan.type.form === 'text'
  const patches: Patch[] = []
  let index = 0
  let deleted = 0
  let inserted: Value[] = []
  const close = (): void => {
    if (deleted > 0 || inserted.length > 0) patches.push({ type: 'splice', path, index, deleted, inserted: text ? inserted.join('') : inserted })
    for (const value of inserted) index += text ? (value as string).length : 1
    deleted = 0
    inserted = []
  }
  for (const item of orderOf(node)) {
    const before = was.has(item) ? was.get(item) : item.value
    const shownBefore = before !== undefined && before !== GONE
    const shownNow = item.value !== GONE
    if (shownBefore && shownNow) {
      close()
      index += unitsOf(node, item)
    } else if (shownBefore) deleted += text ? (before as string).length : 1
    else if (shownNow) inserted.push(item.value as Value)
  }
  close()
  return patches
}

/** Rows in an order in which every parent comes before its children; undefined when some parent is nowhere. Throws on rows that hang on each other, or are one item twice. */
function rooted(node: SequenceNode | undefined, rows: readonly Row[]): Row[] | undefined {
  const known = (row: Row): boolean => row.hangs === AT_START || node?.items.has(row.parent) === true
  const inFrame = new Map(rows.map((row) => [dotOf(row.actor, row.seq), row]))
  if (inFrame.size !== rows.length) throw corrupt('an item of a sequence is listed twice')
  const children = new Map<number, Row[]>()
  const ready: Row[] = []
  for (const row of rows) {
    if (known(row)) ready.push(row)
    else if (!inFrame.has(row.parent)) return undefined
    else if (children.get(row.parent)?.push(row) === undefined) children.set(row.parent, [row])
  }
  for (const row of ready) for (const child of children.get(dotOf(row.actor, row.seq)) ?? []) ready.push(child)
  if (ready.length !== rows.length) throw corrupt('items of a sequence hang on each other')
  return ready
}

export const sequenceKind: LeafKind<SequenceNode, readonly Row[]> = {
  eager: true,
  create: (plan, parent, segment) => ({ plan, parent, segment, cache: STALE, items: new Map(), roots: [], order: undefined }),
  read: (node) => (node.plan.type.form === 'text' ? visible(node).join('') : Object.freeze(visible(node))),
  empty: (node) => orderOf(node).every((item) => item.value === GONE),
  clear(node, edit) {
    const items = orderOf(node).filter((item) => item.value !== GONE)
    if (items.length > 0) edit.seq++
    for (const item of items) remove(node, item, edit)
  },
  at: (_node, place) => (place as Item).value,
  undo(node, place, before) {
    if (before === undefined) detach(node, place as Item)
    else (place as Item).value = before as Value
  },
  contributions(node, ids) {
    const counts = new Map<string, number>()
    for (const item of orderOf(node)) if (item.value !== GONE) counts.set(ids[item.actor]!, (counts.get(ids[item.actor]!) ?? 0) + 1)
    return [...counts].map(([actor, value]) => ({ actor, value })).sort((a, b) => (a.actor < b.actor ? -1 : 1))
  },
  patches: patchesOf,

  places: (node) => [...node.items.values()],
  announce(node, wire) {
    for (const item of node.items.values()) wireActor(wire, item.actor)
  },

  write(writer, shipments, wire) {
    const text = shipments[0]!.node.plan.type.form === 'text'
    const perNode: number[] = []
    const runs: Item[][] = []
    for (const { node, places } of shipments) {
      const { items } = node as SequenceNode
      // Live items that the frame does not speak for are known to whoever it is for; what was collected is known to be gone.
      const told = (places as readonly Item[]).filter((item) => (item.value === GONE || has(wire.context, item.actor, item.seq)) && items.get(dotOf(item.actor, item.seq)) === item)
      const own = runsOf(told.sort((a, b) => compareItems(a, b, wire.ids)))
      perNode.push(own.length)
      for (const run of own) runs.push(run)
    }
    const first = runs.map((run) => run[0]!)
    const live = runs.filter((run) => run[0]!.value !== GONE).map((run) => run.map((item) => item.value as Value))
    writeUints(writer, perNode)
    writeUints(writer, first.map((item) => wireActor(wire, item.actor)))
    writeUints(writer, first.map((item) => item.seq), true)
    writeUints(writer, runs.map((run) => run.length * 2 + (run[0]!.value === GONE ? 1 : 0)))
    writeUints(writer, runs.map(hangsOf))
    const hanging = first.filter((item) => item.parent !== undefined)
    writeUints(writer, hanging.map((item) => wireActor(wire, item.parent!.actor)))
    writeUints(writer, hanging.map((item) => item.parent!.seq))
    if (wire.ranked) {
      const laid = first.filter((item) => item.parent === undefined)
      writeUints(writer, laid.map((item) => item.rank))
      writeUints(writer, laid.map((item) => item.port))
    }
    if (text) writeStrings(writer, live.map((values) => values.join('')))
    else writeValues(writer, live.flat())
  },

  parse(reader, nodes, wire, plan) {
    const text = plan.type.form === 'text'
    const perNode = readUints(reader, nodes)
    const count = checkCount(reader, perNode.reduce((sum, size) => sum + size, 0))
    const actors = readUints(reader, count)
    const seqs = readUints(reader, count, true)
    const sizes = readUints(reader, count)
    const hangs = readUints(reader, count)
    const laid = hangs.filter((side) => side === AT_START || side === FLAT).length
    const hanging = count - laid
    const parentActors = readUints(reader, hanging)
    const parentSeqs = readUints(reader, hanging)
    const ranks = wire.ranked ? readUints(reader, laid) : []
    const ports = wire.ranked ? readUints(reader, laid) : []
    const live = sizes.filter((size) => size % 2 === 0)
    const liveItems = live.reduce((sum, size) => sum + size / 2, 0)
    const texts = text ? readStrings(reader, live.length).map((run) => [...run]) : undefined
    const values = text ? undefined : readValues(reader, liveItems)

    let budget = 64 * reader.bytes.length
    let run = 0
    let parentAt = 0
    let laidAt = 0
    let liveAt = 0
    let valueAt = 0
    return perNode.map((size) => {
      const rows: Row[] = []
      for (const end = run + size; run < end; run++) {
        const actor = actorAt(wire, actors[run]!)
        const length = Math.floor(sizes[run]! / 2)
        const gone = sizes[run]! % 2 === 1
        budget -= length
        if (length === 0 || budget < 0 || hangs[run]! > (wire.ranked ? FLAT : RIGHT)) throw corrupt('a run of a sequence is out of range')
        const content = gone ? undefined : text ? texts![liveAt++]! : values!.slice(valueAt, (valueAt += length))
        if (content !== undefined && content.length !== length) throw corrupt('a run of text is not as long as it says')
        const hangsAt = hangs[run]!
        const atStart = hangsAt === AT_START || hangsAt === FLAT
        const parent = atStart ? 0 : dotOf(actorAt(wire, parentActors[parentAt]!), parentSeqs[parentAt++]!)
        const rank = atStart ? ranks[laidAt] ?? 0 : 0
        const port = atStart ? ports[laidAt++] ?? 0 : 0
        if (hangsAt === FLAT && (port > 0 || length === 1)) throw corrupt('a run of a sequence is out of range')
        for (let index = 0; index < length; index++) {
          const seq = seqs[run]! + index
          if (seq < 1) throw corrupt('an item of a sequence has no number')
          if (!gone) checkDot(wire, actor, seq)
          const value = content === undefined ? GONE : content[index]!
          if (hangsAt === FLAT) rows.push({ actor, seq, hangs: AT_START, parent, rank: rank + index, port, value })
          else if (index === 0) rows.push({ actor, seq, hangs: hangsAt, parent, rank, port, value })
          else rows.push({ actor, seq, hangs: RIGHT, parent: dotOf(actor, seq - 1), rank: 0, port: 0, value })
        }
      }
      return rows
    })
  },

  garbage,
  settled,
  collect,
  named: (node, rows) => rows.map((row) => node.items.get(dotOf(row.actor, row.seq))),
  lacks: (node, rows) => rooted(node, rows) === undefined,

  join(node, rows, _frame, _whole, _seen, transaction) {
    if (rows === undefined) return
    for (const row of rooted(node, rows)!) {
      const known = node.items.get(dotOf(row.actor, row.seq))
      if (known === undefined) {
        const parent = row.hangs === AT_START ? undefined : node.items.get(row.parent)!
        const item: Item = { actor: row.actor, seq: row.seq, parent, right: row.hangs !== LEFT, rank: row.rank, port: row.port, value: row.value, before: [], after: [] }
        attach(node, item, transaction.ids)
        touchFromAfar(transaction, node, item, undefined, row.value)
      } else if (row.value === GONE && known.value !== GONE) {
        touchFromAfar(transaction, node, known, known.value, GONE)
        known.value = GONE
      }
    }
  },
}
