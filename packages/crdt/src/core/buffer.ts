/**
 * The delta buffer: which places the latest changes touched. A delta for a peer is made from what those places hold now, so a hundred increments of one
 * counter travel as one row. Bounded; when it has forgotten something that a peer lacks, the peer gets the whole state instead.
 */
import { unknown } from './bounds.ts'
import { actorOf, freshIn, seqOf, spansIn, type Context, type LocalSpan } from './context.ts'
import type { Node, Shipment } from './node.ts'

export interface Remembered {
  /** The operations that the change brought. */
  readonly spans: readonly LocalSpan[]
  /** Every place that it spoke about, some more than once; also those where nothing was here to change: others may hold what died there. */
  readonly shipments: readonly Shipment[]
  /** Older operations whose content is gone since. */
  readonly dead: readonly LocalSpan[]
  /** Places and dead dots, or more where a place counts twice. */
  readonly weight: number
}

export interface Buffer {
  readonly limit: number
  /** Oldest first, from `start` on. */
  changes: Remembered[]
  start: number
  /** Places and dead dots held. */
  size: number
  /** Highest sequence number forgotten, by actor: what a peer must know for the buffer to be enough. */
  readonly forgotten: Map<number, number>
}

export const createBuffer = (limit: number): Buffer => ({ limit, changes: [], start: 0, size: 0, forgotten: new Map() })

/** In parentheses: see `put`. */
export const remember = ((buffer: Buffer, change: Remembered): void => {
  buffer.changes.push(change)
  buffer.size += change.weight
  if (buffer.size > buffer.limit) trim(buffer)
})

function trim(buffer: Buffer): void {
  while (buffer.size > buffer.limit && buffer.start < buffer.changes.length) {
    const oldest = buffer.changes[buffer.start++]!
    buffer.size -= oldest.weight
    forget(buffer, oldest.spans)
  }
  // The front is cut off in bulk: shifting one by one would be quadratic.
  if (buffer.start * 2 > buffer.changes.length) {
    buffer.changes = buffer.changes.slice(buffer.start)
    buffer.start = 0
  }
}

export function forget(buffer: Buffer, spans: readonly LocalSpan[]): void {
  for (const { actor, to } of spans) buffer.forgotten.set(actor, Math.max(to, buffer.forgotten.get(actor) ?? 0))
}

/** Lets go of the changes that everybody has. */
export function settle(buffer: Buffer, cut: Context): void {
  const left: Remembered[] = []
  for (const change of buffer.changes.slice(buffer.start)) {
    if (freshIn(cut, change.spans) === 0) forget(buffer, change.spans)
    else left.push(change)
  }
  buffer.changes = left
  buffer.start = 0
  buffer.size = left.reduce((sum, change) => sum + change.weight, 0)
}

/** Places and dead dots of all changes that somebody who knows `told` lacks of `context`; undefined if some are forgotten. */
export function lacking(buffer: Buffer, context: Context, told: Context): { shipments: Shipment[]; dead: LocalSpan[] } | undefined {
  for (const [actor, seq] of buffer.forgotten) {
    const known = told[actor] ?? []
    if (spansIn([context[actor] ?? []]).some(({ from, to }) => from <= seq && unknown(known, from, Math.min(to, seq)) > 0)) return undefined
  }
  const places = new Map<Node, unknown[]>()
  const dead: LocalSpan[] = []
  for (let index = buffer.start; index < buffer.changes.length; index++) {
    const change = buffer.changes[index]!
    if (freshIn(told, change.spans) === 0) continue
    for (const shipment of change.shipments) {
      const list = places.get(shipment.node)
      if (list === undefined) places.set(shipment.node, [...shipment.places])
      else for (const place of shipment.places) list.push(place)
    }
    for (const span of change.dead) dead.push(span)
  }
  return { shipments: Array.from(places, ([node, places]) => ({ node, places, isDistinct: false })), dead }
}

/** Packed dots as spans, each of one operation; writing merges neighbours. */
export const spansOf = (dots: readonly number[]): LocalSpan[] => dots.map((dot) => ({ actor: actorOf(dot), from: seqOf(dot), to: seqOf(dot) }))
