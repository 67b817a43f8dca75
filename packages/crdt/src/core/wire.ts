/** The tables that the rows of one frame point into: actors, and writes (actor with stamp). */
import { corrupt } from '../ground/errors.ts'
import type { Write } from './candidate.ts'
import { has, type Context } from './context.ts'
import { compareMoments } from './moment.ts'

export interface WireWriter {
  readonly ids: readonly string[]
  /** Local actor index → wire index. */
  readonly actors: Map<number, number>
  /** Writes by identity, and by value for those that were decoded apart. */
  readonly byObject: Map<Write, number>
  readonly byValue: Map<string, number>
  readonly writes: Write[]
  /** What the frame speaks for: rows of other dots stay at home. */
  readonly context: Context
  /** The one whole, canonical encoding instead of a delta in the order of its making. */
  readonly canonical: boolean
  /** Whether there has been a collection, after which items of sequences have ranks. */
  readonly ranked: boolean
}

export function createWireWriter(ids: readonly string[], context: Context, canonical: boolean, ranked: boolean): WireWriter {
  return { ids, context, actors: new Map(), byObject: new Map(), byValue: new Map(), writes: [], canonical, ranked }
}

export function wireActor(wire: WireWriter, actor: number): number {
  let index = wire.actors.get(actor)
  if (index === undefined) wire.actors.set(actor, (index = wire.actors.size))
  return index
}

export function wireWrite(wire: WireWriter, write: Write): number {
  let index = wire.byObject.get(write)
  if (index !== undefined) return index
  const value = `${write.actor} ${write.ms} ${write.count}`
  index = wire.byValue.get(value)
  if (index === undefined) {
    index = wire.writes.push(write) - 1
    wire.byValue.set(value, index)
    wireActor(wire, write.actor)
  }
  wire.byObject.set(write, index)
  return index
}

/** Brings the writes of a canonical frame into their one order; call when all have been announced and before any row is written. */
export function sortWrites(wire: WireWriter): void {
  const old = [...wire.writes]
  wire.writes.sort((a, b) => wireActor(wire, a.actor) - wireActor(wire, b.actor) || compareMoments(a, b))
  const rank = new Map(wire.writes.map((write, index) => [write, index]))
  for (const [write, index] of wire.byObject) wire.byObject.set(write, rank.get(old[index]!)!)
  for (const [value, index] of wire.byValue) wire.byValue.set(value, rank.get(old[index]!)!)
}

export interface WireReader {
  /** Wire index → local actor index; actors that are new here have indices past the end of the local table. */
  readonly actors: readonly number[]
  readonly writes: readonly Write[]
  /** The dots that the frame speaks for. */
  readonly context: Context
  readonly canonical: boolean
  readonly ranked: boolean
  /** Ids by local index, the new ones included. */
  idOf(actor: number): string
}

export function actorAt(wire: WireReader, index: number): number {
  const actor = wire.actors[index]
  if (actor === undefined) throw corrupt('a row names an unknown actor')
  return actor
}

export function writeAt(wire: WireReader, index: number): Write {
  const write = wire.writes[index]
  if (write === undefined) throw corrupt('a row names an unknown write')
  return write
}

export function checkDot(wire: WireReader, actor: number, seq: number): void {
  if (seq < 1 || !has(wire.context, actor, seq)) throw corrupt('a row has a dot of no span')
}
