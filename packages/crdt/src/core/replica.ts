/** A replica's state and the life of a local change: begin, then commit or roll back. No events, no clock: the shell brings both. */
import { createActors, type Actors } from './actors.ts'
import { createNode } from './branch.ts'
import { createBuffer, remember, spansOf, type Buffer, type Remembered } from './buffer.ts'
import { add } from './bounds.ts'
import type { Edit } from './container.ts'
import { createContext, type Context } from './context.ts'
import { above, type Moment } from './moment.ts'
import type { Node, Shipment } from './node.ts'
import type { Repeat } from './parsed.ts'
import type { Schema } from './plan.ts'
import type { StampClock } from '../ground/types.ts'

/** Which collections a replica has been through; number 0 and code 0 before the first. See epoch.ts. */
export interface Epoch {
  readonly number: number
  /** Tells apart records of one number: the checksum of the record. */
  readonly code: number
  /** How many spans of garbage the record names. */
  readonly pieces: number
  /** The record itself, which part of the state it is: a member that slept hears it from anybody. */
  readonly record: Uint8Array
}

const FIRST_EPOCH: Epoch = { number: 0, code: 0, pieces: 0, record: new Uint8Array() }

export interface Replica {
  readonly schema: Schema
  /** Told apart on the wire from documents of other schemas or ids. */
  readonly document: number
  readonly actors: Actors
  /** The operations that were heard, with all that they did, first of all the own. Equal contexts are equal states. */
  readonly context: Context
  /**
   * Operations that were not heard, but of which it is known that their content is dead: a later change overtook them. They must not count as heard:
   * what they themselves replaced is not known here. Empty wherever nothing was lost or overtaken.
   */
  graves: Context
  readonly root: Node
  readonly buffer: Buffer
  epoch: Epoch
  /** The whole state that was last taken in from elsewhere: where delivery is at least once, it comes again. */
  repeat: Repeat | undefined
  /** The newest stamp seen or made: the next one is above it, whatever the clock says. */
  stamp: Moment
}

export function createReplica(schema: Schema, document: number, actor: string, bufferSize: number): Replica {
  return {
    schema,
    document,
    actors: createActors(actor),
    context: [[]],
    graves: createContext(),
    root: createNode(schema.root, undefined, ''),
    buffer: createBuffer(bufferSize),
    epoch: FIRST_EPOCH,
    repeat: undefined,
    stamp: { ms: 0, count: 0 },
  }
}

/** The own count, by which a replica without a clock stamps its writes, stands in the milliseconds. (In parentheses: see `put`.) */
export const beginEdit = ((replica: Replica, clock: StampClock | undefined): Edit => {
  const start = (replica.context[0]!.at(-1) ?? 1) - 1
  const edit: Edit = {
    ids: replica.actors.ids,
    trails: new Map(),
    trail: undefined,
    dead: [],
    start,
    seq: start,
    author: { actor: 0, ms: 0, count: 0 },
    write: undefined,
    stamp: (() => {
      const { ms, count } = (replica.stamp = clock === undefined ? { ms: replica.stamp.ms + 1, count: 0 } : above(replica.stamp, clock.now()))
      return (edit.write = { actor: 0, ms, count })
    }),
  }
  return edit
})

/**
 * Makes an edit part of history, and says what it did as the delta buffer and a delta take it: the places alone, without the contents that made room for each other.
 * Undefined when it did nothing. (In parentheses: see `put`.)
 */
export const commitEdit = (({ context, buffer }: Replica, { start, seq, trails, dead }: Edit): Remembered | undefined => {
  if (seq === start) return undefined
  add(context[0]!, start + 1, seq)
  const shipments: Shipment[] = []
  let weight = 1 + dead.length
  for (const { node, places, isDistinct } of trails.values()) {
    // A copy that is no longer than it must be: the buffer keeps it.
    shipments.push({ node, places: places.slice(), isDistinct })
    weight += places.length
  }
  const change = { spans: [{ actor: 0, from: start + 1, to: seq }], shipments, dead: dead.length === 0 ? [] : spansOf(dead), weight }
  remember(buffer, change)
  return change
})
