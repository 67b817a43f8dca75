/** A replica's state and the life of a local change: begin, then commit or roll back. No events, no clock: the shell brings both. */
import { createActors, type Actors } from './actors.ts'
import { createNode } from './branch.ts'
import { createBuffer, remember, spansOf, type Buffer, type LocalSpan, type Remembered } from './buffer.ts'
import { createContext, highest, include, type Context } from './context.ts'
import type { Edit } from './edit.ts'
import { above, type Moment } from './moment.ts'
import type { Node, Shipment } from './node.ts'
import type { Schema } from './plan.ts'
import { shipmentOf } from './trail.ts'

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
  /** The operations that were heard, with all that they did. Equal contexts are equal states. */
  readonly context: Context
  /**
   * Operations that were not heard, but of which it is known that their content is dead: a later change overtook them. They must not count as heard:
   * what they themselves replaced is not known here. Empty wherever nothing was lost or overtaken.
   */
  graves: Context
  readonly root: Node
  readonly buffer: Buffer
  epoch: Epoch
  /** The newest stamp seen or made: the next one is above it, whatever the clock says. */
  stamp: Moment
}

export function createReplica(schema: Schema, document: number, actor: string, bufferSize: number): Replica {
  return {
    schema,
    document,
    actors: createActors(actor),
    context: createContext(),
    graves: createContext(),
    root: createNode(schema.root, undefined, ''),
    buffer: createBuffer(bufferSize),
    epoch: FIRST_EPOCH,
    stamp: { ms: 0, count: 0 },
  }
}

export function beginEdit(replica: Replica, now: () => Moment): Edit {
  const start = highest(replica.context, 0)
  const edit: Edit = {
    ids: replica.actors.ids,
    trails: new Map(),
    trail: undefined,
    dead: [],
    start,
    seq: start,
    author: { actor: 0, ms: 0, count: 0 },
    write: undefined,
    stamp() {
      const { ms, count } = (replica.stamp = above(replica.stamp, now()))
      return (edit.write = { actor: 0, ms, count })
    },
  }
  return edit
}

/** Places are sorted out only when somebody asks: a change that is too large for the buffer may never be sent by itself. */
function changeOf(spans: readonly LocalSpan[], { trails, dead }: Edit): Remembered {
  let shipments: readonly Shipment[] | undefined
  let weight = 1 + dead.length
  for (const { rows } of trails.values()) weight += rows.length / 3
  return {
    spans,
    get shipments() { return (shipments ??= Array.from(trails.values(), shipmentOf)) },
    get dead() { return spansOf(dead) },
    weight,
  }
}

/** Makes the change part of history and says what it was; undefined when it was nothing. */
export function commitEdit(replica: Replica, edit: Edit): Remembered | undefined {
  if (edit.seq === edit.start) return undefined
  include(replica.context, 0, edit.start + 1, edit.seq)
  const change = changeOf([{ actor: 0, from: edit.start + 1, to: edit.seq }], edit)
  remember(replica.buffer, change)
  return change
}
