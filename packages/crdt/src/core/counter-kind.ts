/**
 * Counters as a kind: a place per pair of actors, and the table on the wire. The pair (a, a) holds what a has counted. A bounded counter has other pairs too:
 * (a, b) holds the rights that a has given to b, as a sum like any other.
 */
import { corrupt } from '../ground/errors.ts'
import { MAX_ACTORS, MAX_COUNT } from '../ground/defaults.ts'
import { compareActors } from './actors.ts'
import { readUints, writeUints } from './codec/columns.ts'
import { checkCount, type Reader } from './codec/reader.ts'
import type { Writer } from './codec/writer.ts'
import { has } from './context.ts'
import { count, joinTally, tallyValue, type Row, type Tally } from './counter.ts'
import type { Edit } from './container.ts'
import { STALE, type LeafKind, type Node, type Touch } from './node.ts'
import { touch, touchFromAfar } from './trail.ts'
import { actorAt, checkDot, wireActor, type WireReader, type WireWriter } from './wire.ts'

export interface CounterNode extends Node {
  /** By `pair` of local actor indices. */
  readonly tallies: Map<number, Tally>
}

export const pair = (from: number, to: number): number => from * MAX_ACTORS + to
export const fromOf = (place: number): number => Math.floor(place / MAX_ACTORS)
export const toOf = (place: number): number => place % MAX_ACTORS
export const isBounded = (node: Node): boolean => node.plan.type.form === 'boundedCounter'

export interface CounterPart {
  readonly places: readonly number[]
  readonly tallies: readonly Tally[]
}

export const add = (node: CounterNode, amount: number, edit: Edit): void => countAt(node, pair(0, 0), amount, edit)
export const transfer = (node: CounterNode, to: number, amount: number, edit: Edit): void => countAt(node, pair(0, to), to === 0 ? 0 : amount, edit)

function countAt(node: CounterNode, place: number, amount: number, edit: Edit): void {
  if (amount === 0) return
  const before = node.tallies.get(place)
  const after = count(before, amount, edit.seq + 1)
  edit.seq++
  node.tallies.set(place, after)
  touch(edit, node, place, before)
}

export function total(node: CounterNode): number {
  let sum = node.plan.type.min ?? 0
  for (const [place, tally] of node.tallies) if (fromOf(place) === toOf(place)) sum += tallyValue(tally)
  return sum
}

/** What an actor may take away: what it added and was given, less what it took and gave. */
export function rightsOf(node: CounterNode, actor: number): number {
  let rights = 0
  for (const [place, tally] of node.tallies) {
    const [from, to] = [fromOf(place), toOf(place)]
    if (from === to ? from === actor : to === actor) rights += tallyValue(tally)
    else if (from === actor && to !== from) rights -= tallyValue(tally)
  }
  return rights
}

function clearCounter(node: CounterNode, edit: Edit): void {
  if (isBounded(node) && node.tallies.size > 0) {
    throw new TypeError('A bounded counter cannot be reset or deleted: rights that others hold could not be called back. Take away what is left instead.')
  }
  for (const [place, before] of node.tallies) {
    if (before.row === undefined) continue
    edit.seq++
    const after: Tally = { row: undefined, base: before.row }
    node.tallies.set(place, after)
    touch(edit, node, place, before)
  }
}

/** Rows of one kind (counts or bases) of all nodes, as columns. */
function writeRows(writer: Writer, shipments: readonly { readonly node: Node; readonly places: readonly unknown[] }[], wire: WireWriter, pick: 'row' | 'base'): void {
  const sizes: number[] = []
  const actors: number[] = []
  const targets: number[] = []
  const rows: Row[] = []
  for (const { node, places } of shipments) {
    const before = rows.length
    for (const place of places as readonly number[]) {
      const row = (node as CounterNode).tallies.get(place)?.[pick]
      if (row === undefined || (pick === 'row' && !has(wire.context, fromOf(place), row.seq))) continue
      actors.push(wireActor(wire, fromOf(place)))
      targets.push(wireActor(wire, toOf(place)))
      rows.push(row)
    }
    sizes.push(rows.length - before)
  }
  writeUints(writer, sizes)
  writeUints(writer, actors)
  if (isBounded(shipments[0]!.node)) writeUints(writer, targets)
  writeUints(writer, rows.map((row) => row.seq), true)
  writeUints(writer, rows.map((row) => row.up))
  writeUints(writer, rows.map((row) => row.down))
}

function parseRows(reader: Reader, nodes: number, wire: WireReader, bounded: boolean, live: boolean): { place: number; row: Row }[][] {
  const sizes = readUints(reader, nodes)
  const rows = sizes.reduce((sum, size) => sum + size, 0)
  checkCount(reader, rows)
  const actors = readUints(reader, rows).map((index) => actorAt(wire, index))
  const targets = bounded ? readUints(reader, rows).map((index) => actorAt(wire, index)) : actors
  const seqs = readUints(reader, rows, true)
  const ups = readUints(reader, rows)
  const downs = readUints(reader, rows)
  let at = 0
  return sizes.map((size) => {
    const list: { place: number; row: Row }[] = []
    for (const end = at + size; at < end; at++) {
      const row = { seq: seqs[at]!, up: ups[at]!, down: downs[at]! }
      if (row.seq < 1 || row.up > MAX_COUNT || row.down > MAX_COUNT) throw corrupt('a counter is out of range')
      if (live) checkDot(wire, actors[at]!, row.seq)
      list.push({ place: pair(actors[at]!, targets[at]!), row })
    }
    return list
  })
}

export const counterKind: LeafKind<CounterNode, CounterPart> = {
  eager: false,
  create: (plan, parent, segment) => ({ plan, parent, segment, cache: STALE, tallies: new Map() }),
  read: total,
  empty(node) {
    for (const tally of node.tallies.values()) if (tally.row !== undefined) return false
    return true
  },
  clear: clearCounter,
  at: (node, place) => node.tallies.get(place as number),
  undo(node, place, before) {
    if (before === undefined) node.tallies.delete(place as number)
    else node.tallies.set(place as number, before as Tally)
  },
  contributions(node, ids) {
    const own = [...node.tallies].filter(([place]) => fromOf(place) === toOf(place))
    return own.map(([place, tally]) => ({ actor: ids[fromOf(place)]!, value: tallyValue(tally) })).sort((a, b) => (a.actor < b.actor ? -1 : 1))
  },
  patches(_node, touches, path) {
    const amount = amountOf(touches)
    return amount === 0 ? [] : [{ type: 'count', path, amount }]
  },
  places: (node) => [...node.tallies.keys()],
  announce(node, wire) {
    for (const place of node.tallies.keys()) {
      wireActor(wire, fromOf(place))
      wireActor(wire, toOf(place))
    }
  },
  write(writer, shipments, wire) {
    const inOrder = shipments.map(({ node, places }) => ({
      node,
      places: [...(places as number[])].sort((a, b) => compareActors(wire.ids, fromOf(a), fromOf(b)) || compareActors(wire.ids, toOf(a), toOf(b))),
    }))
    writeRows(writer, inOrder, wire, 'row')
    writeRows(writer, inOrder, wire, 'base')
  },
  parse(reader, nodes, wire, plan) {
    const bounded = plan.type.form === 'boundedCounter'
    const rows = parseRows(reader, nodes, wire, bounded, true)
    const bases = parseRows(reader, nodes, wire, bounded, false)
    return rows.map((list, index) => {
      const tallies = new Map<number, Tally>(list.map(({ place, row }) => [place, { row, base: undefined }]))
      for (const { place, row } of bases[index]!) {
        const live = tallies.get(place)?.row
        if (live !== undefined && live.seq <= row.seq) throw corrupt('a counter is older than its base')
        tallies.set(place, { row: live, base: row })
      }
      return { places: [...tallies.keys()], tallies: [...tallies.values()] }
    })
  },
  named: (_node, part) => part.places,
  lacks: () => false,
  join(node, part, _frame, _whole, _seen, transaction) {
    for (let index = 0; index < (part?.places.length ?? 0); index++) {
      const place = part!.places[index]!
      const before = node.tallies.get(place)
      const after = joinTally(before, part!.tallies[index]!)
      if (after === before) continue
      node.tallies.set(place, after)
      touchFromAfar(transaction, node, place, before, after)
    }
  },
}

export function amountOf(touches: readonly Touch[]): number {
  let amount = 0
  for (const { place, before, after } of touches) {
    if (fromOf(place as number) === toOf(place as number)) amount += tallyValue(after as Tally) - (before === undefined ? 0 : tallyValue(before as Tally))
  }
  return amount
}
