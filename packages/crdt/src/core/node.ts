/** Nodes: the containers of one replica as a tree, and what every kind of container can do. State lives in nodes, behaviour in kinds. */
import type { Contribution, Patch } from '../ground/types.ts'
import type { Reader } from './codec/reader.ts'
import type { Writer } from './codec/writer.ts'
import type { Seen } from './context.ts'
import type { Edit, Transaction } from './edit.ts'
import type { Tally } from './counter.ts'
import type { Plan } from './plan.ts'
import type { Reissue } from './reissue.ts'
import type { WireReader, WireWriter } from './wire.ts'

export const STALE: unique symbol = Symbol('stale')

export interface Node {
  readonly plan: Plan
  readonly parent: Node | undefined
  /** Field name or map key under the parent. */
  readonly segment: string
  /** The plain value as last read, or STALE. A change makes its node and all above it stale. */
  cache: unknown
}

/** One place in a node whose content was replaced. Contents are immutable, so a touch is at once undo record, patch and entry of the delta buffer. */
export interface Touch {
  readonly node: Node
  readonly place: unknown
  readonly before: unknown
  readonly after: unknown
}

/** The places of one node that a frame carries. */
export interface Shipment {
  readonly node: Node
  readonly places: readonly unknown[]
}

/** What a frame says about one node, decoded and checked. Its shape belongs to the kind. */
export type Part = unknown

/** Leaf kinds hold data and have a table on the wire; branches (records, maps) only hold nodes. Methods are bivariant on purpose: a kind sees only its own nodes. */
export interface LeafKind<N extends Node = Node, P = Part> {
  /** Whether patches depend on the state around the touches and must be made at once. */
  readonly eager: boolean
  create(plan: Plan, parent: Node | undefined, segment: string): N
  /** The plain value, built anew. */
  read(node: N, ids: readonly string[]): unknown
  empty(node: N): boolean
  /** Removes everything that this replica has seen here. */
  clear(node: N, edit: Edit): void
  /** What is at a place now. */
  at(node: N, place: unknown): unknown
  /** Puts a place back to what it was. */
  undo(node: N, touch: Touch): void
  /** Does the opposite of touches as a new edit, as far as nobody else has changed the places since. `heirs`: what came back for what was deleted. */
  invert(node: N, touches: readonly Touch[], edit: Edit, heirs: Map<unknown, unknown>): void
  /** Who contributed what to the node's value, by actor id; empty where it is told place by place. */
  contributions(node: N, ids: readonly string[]): Contribution[]
  /** What touches of this node (one per place) did to the plain value. */
  patches(node: N, touches: readonly Touch[], path: readonly string[], ids: readonly string[]): Patch[]
  /** Every place with content, in the one order of the wire. */
  places(node: N): unknown[]
  /** Registers what the wire needs to know before a canonical frame is written. */
  announce(node: N, wire: WireWriter): void
  write(writer: Writer, shipments: readonly Shipment[], wire: WireWriter): void
  /** `nodes` parts, wholly validated. */
  parse(reader: Reader, nodes: number, wire: WireReader, plan: Plan): P[]
  /** The places that a part speaks about, once it is joined. */
  named(node: N, part: P): readonly unknown[]
  /** The part with an author's later operations under another name; `counted` tells what that author had counted at a place before. */
  reissue(part: P, reissue: Reissue, counted: (place: number) => Tally | undefined): P
  /** Whether the part hangs on earlier operations that this node lacks. */
  lacks(node: N | undefined, part: P): boolean
  /** `part` is undefined where a whole frame does not name the node. */
  join(node: N, part: P | undefined, frame: Seen, whole: boolean, seen: Seen, transaction: Transaction): void
}

/** The touched places by node, each once: of several touches of a place only the last one shows what is there. */
export function shipmentsOf(touches: readonly Touch[]): Shipment[] {
  const byNode = new Map<Node, unknown[]>()
  let node: Node | undefined
  let places: unknown[] = []
  for (const one of touches) {
    if (one.node !== node) {
      node = one.node
      places = byNode.get(node) ?? []
      if (places.length === 0) byNode.set(node, places)
    }
    if (node.plan.leaf!.at(node, one.place) === one.after) places.push(one.place)
  }
  return Array.from(byNode, ([of, list]) => ({ node: of, places: list }))
}

export function touch(transaction: Transaction, node: Node, place: unknown, before: unknown, after: unknown): void {
  transaction.touches.push({ node, place, before, after })
  markStale(node)
}

/** All the way up: a container made of others reads its parts without making them fresh. */
export function markStale(node: Node): void {
  for (let at: Node | undefined = node; at !== undefined; at = at.parent) at.cache = STALE
}

/** Field names and map keys from the root to a node. */
export function pathOf(node: Node): string[] {
  const path: string[] = []
  for (let at: Node = node; at.parent !== undefined; at = at.parent) path.push(at.segment)
  return path.reverse()
}
