/** Types: what a schema is made of. Plain data plus the kind that does the work, so that a bundle has only the kinds that its schema names. */
import type { LeafKind, Node } from './node.ts'
import type { Edit } from './edit.ts'
import type { Resolver } from './resolver.ts'
import type { Value } from '../ground/types.ts'

/** Carry the TypeScript types of value and draft; never there at run time. */
declare const value: unique symbol
declare const draft: unique symbol

export type Form =
  | 'record' | 'map' | 'register' | 'registerMap' | 'counter' | 'boundedCounter'
  | 'set' | 'removeWinsSet' | 'growOnlySet' | 'text' | 'list' | 'movableList' | 'tree'

/** What drafts need of their document. `edit()` throws outside `change`, so a draft that escaped its callback is harmless. */
export interface Desk {
  readonly ids: readonly string[]
  edit(): Edit
  /** The local index of an actor, which is made known by this. */
  indexOf(actor: string): number
}

export interface Type<V = unknown, D = unknown> {
  readonly form: Form
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

/** The plain value of a schema's container: what `doc.value` shows. */
export type ValueOf<T> = T extends Type<infer V, unknown> ? V : never
/** What the `change` callback receives. */
export type DraftOf<T> = T extends Type<unknown, infer D> ? D : never
