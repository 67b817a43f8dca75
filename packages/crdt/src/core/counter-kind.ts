/** Counters as a kind: a place per actor, and the table on the wire. */
import { corrupt } from '../ground/errors.ts'
import { MAX_COUNT } from '../ground/defaults.ts'
import { readUints, writeUints } from './codec/columns.ts'
import { remaining, type Reader } from './codec/reader.ts'
import type { Writer } from './codec/writer.ts'
import { has } from './context.ts'
import { count, joinTally, tallyValue, type Row, type Tally } from './counter.ts'
import { nextSeq, type Edit } from './edit.ts'
import { STALE, touch, type LeafKind, type Node } from './node.ts'
import { actorAt, checkDot, wireActor, type WireReader, type WireWriter } from './wire.ts'

export interface CounterNode extends Node {
  /** By local actor index. */
  readonly tallies: Map<number, Tally>
}

interface CounterPart {
  readonly actors: readonly number[]
  readonly tallies: readonly Tally[]
}

export function add(node: CounterNode, amount: number, edit: Edit): void {
  if (amount === 0) return
  const before = node.tallies.get(0)
  const after = count(before, amount, edit.seq + 1)
  nextSeq(edit)
  node.tallies.set(0, after)
  touch(edit, node, 0, before, after)
}

export function total(node: CounterNode): number {
  let sum = 0
  for (const tally of node.tallies.values()) sum += tallyValue(tally)
  return sum
}

function clearCounter(node: CounterNode, edit: Edit): void {
  for (const [actor, before] of node.tallies) {
    if (before.row === undefined) continue
    nextSeq(edit)
    const after: Tally = { row: undefined, base: before.row }
    node.tallies.set(actor, after)
    touch(edit, node, actor, before, after)
  }
}

/** Rows of one kind (counts or bases) of all nodes, as columns. */
function writeRows(writer: Writer, shipments: readonly { readonly node: Node; readonly places: readonly unknown[] }[], wire: WireWriter, pick: 'row' | 'base'): void {
  const sizes: number[] = []
  const actors: number[] = []
  const rows: Row[] = []
  for (const { node, places } of shipments) {
    const before = rows.length
    for (const actor of places as readonly number[]) {
      const row = (node as CounterNode).tallies.get(actor)?.[pick]
      if (row === undefined || (pick === 'row' && !has(wire.context, actor, row.seq))) continue
      actors.push(wireActor(wire, actor))
      rows.push(row)
    }
    sizes.push(rows.length - before)
  }
  writeUints(writer, sizes)
  writeUints(writer, actors)
  writeUints(writer, rows.map((row) => row.seq), true)
  writeUints(writer, rows.map((row) => row.up))
  writeUints(writer, rows.map((row) => row.down))
}

function parseRows(reader: Reader, nodes: number, wire: WireReader, live: boolean): { actor: number; row: Row }[][] {
  const sizes = readUints(reader, nodes)
  const rows = sizes.reduce((sum, size) => sum + size, 0)
  if (rows > remaining(reader)) throw corrupt('a table has more rows than bytes')
  const actors = readUints(reader, rows).map((index) => actorAt(wire, index))
  const seqs = readUints(reader, rows, true)
  const ups = readUints(reader, rows)
  const downs = readUints(reader, rows)
  let at = 0
  return sizes.map((size) => {
    const list: { actor: number; row: Row }[] = []
    for (const end = at + size; at < end; at++) {
      const row = { seq: seqs[at]!, up: ups[at]!, down: downs[at]! }
      if (row.seq < 1 || row.up > MAX_COUNT || row.down > MAX_COUNT) throw corrupt('a counter is out of range')
      if (live) checkDot(wire, actors[at]!, row.seq)
      list.push({ actor: actors[at]!, row })
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
  undo(node, { place, before }) {
    if (before === undefined) node.tallies.delete(place as number)
    else node.tallies.set(place as number, before as Tally)
  },
  patches(_node, touches, path) {
    let amount = 0
    for (const { before, after } of touches) amount += tallyValue(after as Tally) - (before === undefined ? 0 : tallyValue(before as Tally))
    return amount === 0 ? [] : [{ type: 'count', path, amount }]
  },
  places: (node) => [...node.tallies.keys()],
  announce() {},
  write(writer, shipments, wire) {
    const inOrder = shipments.map(({ node, places }) => ({
      node,
      places: [...(places as number[])].sort((a, b) => (a === b ? 0 : wire.ids[a]! < wire.ids[b]! ? -1 : 1)),
    }))
    writeRows(writer, inOrder, wire, 'row')
    writeRows(writer, inOrder, wire, 'base')
  },
  parse(reader, nodes, wire) {
    const rows = parseRows(reader, nodes, wire, true)
    const bases = parseRows(reader, nodes, wire, false)
    return rows.map((list, index) => {
      const tallies = new Map<number, Tally>(list.map(({ actor, row }) => [actor, { row, base: undefined }]))
      for (const { actor, row } of bases[index]!) {
        const live = tallies.get(actor)?.row
        if (live !== undefined && live.seq <= row.seq) throw corrupt('a counter is older than its base')
        tallies.set(actor, { row: live, base: row })
      }
      return { actors: [...tallies.keys()], tallies: [...tallies.values()] }
    })
  },
  named: (_node, part) => part.actors,
  lacks: () => false,
  join(node, part, _frame, _whole, _seen, transaction) {
    for (let index = 0; index < (part?.actors.length ?? 0); index++) {
      const actor = part!.actors[index]!
      const before = node.tallies.get(actor)
      const after = joinTally(before, part!.tallies[index]!)
      if (after === before) continue
      node.tallies.set(actor, after)
      touch(transaction, node, actor, before, after)
    }
  },
}
