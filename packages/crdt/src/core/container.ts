/**
 * What a container is, in types: a schema's type, the plan made of it, the node that holds its state, the kind that does its work, and the edit that changes it.
 * They speak of each other, so they stand together.
 */
import type { Contribution, Patch, Value } from '../ground/types.ts'
import type { Write } from './candidate.ts'
import type { Reader } from './codec/reader.ts'
import type { Writer } from './codec/writer.ts'
import type { Seen } from './context.ts'
import type { Resolver } from './resolver.ts'
import type { WireReader, WireWriter } from './wire.ts'

export interface Node {
  readonly plan: Plan
  readonly parent: Node | undefined
  /** Field name or map key under the parent. */
  readonly segment: string
  /** The plain value as last read, or STALE. A change makes its node and all above it stale. */
  cache: unknown
}

/** One place in a node whose content was replaced. */
export interface Touch {
  readonly place: unknown
  readonly before: unknown
  readonly after: unknown
}

/** What a transaction did to one node, each place once. */
export interface Touched {
  readonly node: Node
  readonly touches: readonly Touch[]
}

/** The touches of one node by one transaction, in the order of their doing: see trail.ts. */
export interface Trail {
  readonly node: Node
  readonly places: unknown[]
  /** Whether each place was empty when it was touched, so that none is named twice. */
  isDistinct: boolean
  /** In pairs, for places that were not empty: their index, and what was there. */
  readonly befores: unknown[]
  /** What is there since, by index; none for a local edit, of which it is known when it is told. */
  readonly afters: unknown[]
}

/** The places of one node that a frame carries. */
export interface Shipment {
  readonly node: Node
  readonly places: readonly unknown[]
  /** Whether no place is named twice. */
  readonly isDistinct: boolean
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
  undo(node: N, place: unknown, before: unknown): void
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
  /** Whether the part hangs on earlier operations that this node lacks. */
  lacks(node: N | undefined, part: P): boolean
  /** Tells each dot that everybody could forget if everybody knew what this node knows; absent where nothing is left behind. See epoch.ts. */
  garbage?(node: N, tell: (actor: number, seq: number) => void): void
  /** Whether the cut leaves nothing hanging in the air. */
  settled?(node: N, cut: Seen): boolean
  /** Forgets garbage. The plain value stays as it is. */
  collect?(node: N, garbage: Seen, cut: Seen): void
  /** `part` is undefined where a whole frame does not name the node. */
  join(node: N, part: P | undefined, frame: Seen, whole: boolean, seen: Seen, transaction: Transaction): void
}

export interface Transaction {
  /** Actor ids by local index. */
  readonly ids: readonly string[]
  readonly trails: Map<Node, Trail>
  /** The one that was last added to. */
  trail: Trail | undefined
  /** Packed dots whose content this transaction replaced or removed. */
  readonly dead: number[]
}

export interface Edit extends Transaction {
  /** The last sequence number before this edit. */
  readonly start: number
  /** The last sequence number that this edit has used. */
  seq: number
  /** Author without a stamp, for places that need none. */
  readonly author: Write
  /** Author and stamp, once a write has needed it. */
  write: Write | undefined
  /** Takes the stamp from the clock. */
  stamp(): Write
}

export interface Plan {
  readonly type: Type
  readonly parent: Plan | undefined
  /** Field name under a record; undefined for the root and for what lives in a map. */
  readonly name: string | undefined
  /** How many map keys lead here. */
  readonly depth: number
  /** Absent for branches. */
  readonly leaf: LeafKind | undefined
  readonly fields: ReadonlyMap<string, Plan>
  readonly inner: Plan | undefined
  /** Whether it is inside a movable list or tree. */
  readonly isPart: boolean
}

/** Carry the TypeScript types of value and draft; never there at run time. */
declare const value: unique symbol
declare const draft: unique symbol

export type Form =
  | 'record' | 'map' | 'register' | 'registerMap' | 'counter' | 'boundedCounter'
  | 'set' | 'removeWinsSet' | 'growOnlySet' | 'text' | 'list' | 'movableList' | 'tree'

/** What drafts need of their document. */
export interface Desk {
  readonly ids: readonly string[]
  /** The edit of the change that is being made; drafts work only while there is one. */
  edit: Edit | undefined
  /** The local index of an actor, which is made known by this. */
  indexOf(actor: string): number
}

export interface Type<V = unknown, D = unknown> {
  readonly form: Form
  /** How contributions become the value, as a sentence. */
  readonly rule: string
  /** Absent for records and maps, which only hold containers. */
  readonly kind?: LeafKind
  readonly fields?: { readonly [name: string]: Type }
  readonly inner?: Type
  readonly initial?: Value | undefined
  readonly resolver?: Resolver<Value>
  /** The smallest value of a bounded counter. */
  readonly min?: number
  /** Containers made of others read their plain value by themselves; their parts are not seen from outside. */
  read?(node: Node, ids: readonly string[]): readonly unknown[]
  draft(node: Node, desk: Desk): unknown
  readonly [value]?: V
  readonly [draft]?: D
}
