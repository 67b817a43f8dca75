/**
 * Frames: what travels between replicas and what rests in stores. A delta and a whole state are the same thing, a part of a state with the dots that it speaks
 * for (Almeida et al.); a whole state is canonical, so equal states are equal bytes.
 *
 *   magic 2 · format 1 · flags 1 · document 4 · length · [epoch] · head (actors, spans, dead) · [checksum of all so far] · [record] · writes · tables · checksum of all
 *
 * The record of a collection (see epoch.ts) is a frame too: its spans are the cut, its dead dots the garbage, and its epoch's code is that of the epoch before.
 */
import { HEAD_ONLY_BYTES } from '../ground/defaults.ts'
import { compareActors } from './actors.ts'
import { keysOf, leavesOf } from './branch.ts'
import type { Remembered } from './buffer.ts'
import { checksum } from './codec/checksum.ts'
import { writeStrings, writeUints } from './codec/columns.ts'
import { borrow, finish, giveBack, reserve, writeBytes, writeU32, writeUint, type Writer } from './codec/writer.ts'
import { contextOf, spansIn, type Context, type LocalSpan } from './context.ts'
import type { Shipment } from './node.ts'
import type { Plan } from './plan.ts'
import type { Replica } from './replica.ts'
import { createWireWriter, sortWrites, wireActor, type WireWriter } from './wire.ts'

/** The first two bytes, the lower first. */
export const MAGIC = 0x57d1
export const FORMAT = 1
export const WHOLE = 1
/** A whole state ends its head with a checksum, so that a repeat is known by its head. */
export const HEAD_CHECKSUM = 2
/** Made after some collection: says after which. A whole state has its record too. */
export const LATER_EPOCH = 4
/** The record of a collection. */
export const RECORD = 8

const wireFor = ({ actors, epoch }: Replica, context: Context, canonical: boolean): WireWriter => createWireWriter(actors.ids, context, canonical, epoch.number > 0)

/** A delta: these operations, at these places (however often they are named), with these older dots now dead. */
export function encodeDelta(replica: Replica, { spans, shipments, dead }: Omit<Remembered, 'weight'>): Uint8Array {
  const wire = wireFor(replica, contextOf(spans), false)
  const once = shipments.map((one) => (one.isDistinct || one.places.length === 1 ? one : { node: one.node, places: [...new Set(one.places)], isDistinct: true }))
  return encode(replica, wire, contextOf(dead), once, 0)
}

/** The record of the next collection: everybody has the cut, and what is garbage goes. */
export function encodeRecord(replica: Replica, cut: Context, garbage: readonly LocalSpan[]): Uint8Array {
  return encode(replica, wireFor(replica, cut, false), contextOf(garbage), [], LATER_EPOCH | RECORD)
}

/** The whole state in its one form. */
export function encodeState(replica: Replica): Uint8Array {
  const { ids } = replica.actors
  const wire = wireFor(replica, replica.context, true)
  const shipments: Shipment[] = []
  for (const node of leavesOf(replica.root)) {
    const kind = node.plan.leaf!
    const places = kind.places(node)
    if (places.length > 0) shipments.push({ node, places, isDistinct: true })
  }
  const used = new Set([...spansIn(replica.context), ...spansIn(replica.graves)].map((span) => span.actor))
  for (const { node } of shipments) node.plan.leaf!.announce(node, wire)
  for (const actor of wire.actors.keys()) used.add(actor)
  wire.actors.clear()
  for (const actor of [...used].sort((a, b) => compareActors(ids, a, b))) wireActor(wire, actor)
  sortWrites(wire)
  return encode(replica, wire, replica.graves, shipments, WHOLE | HEAD_CHECKSUM)
}

function encode(replica: Replica, wire: WireWriter, dead: Context, shipments: readonly Shipment[], kind: number): Uint8Array {
  const { number, code, record } = replica.epoch
  const flags = number > 0 ? kind | LATER_EPOCH : kind
  for (const context of [wire.context, dead]) for (const { actor } of spansIn(context)) wireActor(wire, actor)
  const tables = borrow()
  writeTables(tables, replica, wire, shipments)
  const head = borrow()
  if (flags & LATER_EPOCH) {
    writeUint(head, flags & RECORD ? number + 1 : number)
    writeU32(head, code)
  }
  writeHead(head, wire, dead)
  // The length is of everything after it, so that a cut is found before anything else is believed.
  const writes = borrow()
  if (flags & WHOLE && flags & LATER_EPOCH) {
    writeUint(writes, record.length)
    writeBytes(writes, record)
  }
  writeWrites(writes, wire)
  const rest = head.length + (flags & HEAD_CHECKSUM ? 4 : 0) + writes.length + tables.length + 4
  const frame = borrow()
  reserve(frame, 16 + rest)
  writeU32(frame, MAGIC | FORMAT << 16 | flags << 24)
  writeU32(frame, replica.document)
  writeUint(frame, rest)
  writeBytes(frame, head.bytes.subarray(0, head.length))
  if (flags & HEAD_CHECKSUM) writeU32(frame, checksum(frame.bytes, 0, frame.length))
  writeBytes(frame, writes.bytes.subarray(0, writes.length))
  writeBytes(frame, tables.bytes.subarray(0, tables.length))
  writeU32(frame, checksum(frame.bytes, 0, frame.length))
  const bytes = finish(frame)
  for (const writer of [tables, head, writes, frame]) giveBack(writer)
  return bytes
}

function writeHead(writer: Writer, wire: WireWriter, dead: Context): void {
  const actors = [...wire.actors.keys()]
  writeUint(writer, actors.length)
  writeStrings(writer, actors.map((actor) => wire.ids[actor]!))
  writeRuns(writer, actors, wire.context)
  writeRuns(writer, actors, dead)
}

/** Per actor: how many runs, then the holes between them and their lengths. */
function writeRuns(writer: Writer, actors: readonly number[], context: Context): void {
  for (const actor of actors) {
    const bounds = context[actor] ?? []
    writeUint(writer, bounds.length / 2)
    let end = 1
    for (let run = 0; run < bounds.length; run += 2) {
      writeUint(writer, bounds[run]! - end)
      writeUint(writer, bounds[run + 1]! - 1 - bounds[run]!)
      end = bounds[run + 1]!
    }
  }
}

function writeWrites(writer: Writer, wire: WireWriter): void {
  writeUint(writer, wire.writes.length)
  writeUints(writer, wire.writes.map((write) => wireActor(wire, write.actor)), true)
  writeUints(writer, wire.writes.map((write) => write.ms))
  writeUints(writer, wire.writes.map((write) => write.count))
}

/** One table per leaf of the schema that has something to say: its nodes (named by their map keys), then the kind's columns. */
function writeTables(writer: Writer, replica: Replica, wire: WireWriter, shipments: readonly Shipment[]): void {
  const byPlan = new Map<Plan, { keys: string[]; shipment: Shipment }[]>()
  for (const shipment of shipments) {
    const row = { keys: keysOf(shipment.node), shipment }
    const rows = byPlan.get(shipment.node.plan)
    if (rows === undefined) byPlan.set(shipment.node.plan, [row])
    else rows.push(row)
  }
  writeUint(writer, byPlan.size)
  for (const [index, plan] of replica.schema.tables.entries()) {
    const rows = byPlan.get(plan)
    if (rows === undefined) continue
    if (wire.canonical && plan.depth > 0) rows.sort((a, b) => compareKeys(a.keys, b.keys))
    writeUint(writer, index)
    if (plan.depth > 0) writeUint(writer, rows.length)
    for (let level = 0; level < plan.depth; level++) writeStrings(writer, rows.map((row) => row.keys[level]!))
    plan.leaf!.write(writer, rows.map((row) => row.shipment), wire)
  }
}

export function compareKeys(a: readonly string[], b: readonly string[]): number {
  for (let level = 0; level < a.length; level++) if (a[level] !== b[level]) return a[level]! < b[level]! ? -1 : 1
  return 0
}

/** Whether a frame of this size may be taken for a repeat by its head alone. */
export const trustsHead = (bytes: Uint8Array): boolean => bytes.length >= HEAD_ONLY_BYTES && (bytes[3]! & HEAD_CHECKSUM) !== 0
