/** What a `change` callback holds: one handle per container, valid only while the callback runs. */
import type { Scalar, Value } from './types.ts'

export interface RegisterDraft<T> {
  readonly value: T
  set(value: Exclude<T, undefined>): void
  /** Back to the schema's initial value; a write elsewhere that this replica has not seen survives. */
  clear(): void
}

export interface CounterDraft {
  readonly value: number
  /** Adds a whole number, which may be negative. */
  add(amount: number): void
}

export interface SetDraft<T extends Scalar> extends Iterable<T> {
  readonly size: number
  has(element: T): boolean
  add(element: T): void
  /** Returns whether the element was there. An addition elsewhere that this replica has not seen survives. */
  delete(element: T): boolean
  clear(): void
}

export interface MapDraft<V, D> {
  readonly size: number
  has(key: string): boolean
  keys(): IterableIterator<string>
  /** The container at a key. It comes to be with its first write. */
  get(key: string): D
  /** Returns whether the key was there. What others wrote there unseen survives. */
  delete(key: string): boolean
  clear(): void
  /** The plain value at a key. */
  read(key: string): V | undefined
}

/** A map of registers writes without a detour over `get`. */
export interface RegisterMapDraft<T> extends MapDraft<T, RegisterDraft<T | undefined>> {
  set(key: string, value: Exclude<T, undefined>): void
}

export interface TextDraft {
  readonly value: string
  /** UTF-16 units. */
  readonly length: number
  /** `index` counts UTF-16 units and may not fall inside a surrogate pair. */
  insert(index: number, text: string): void
  delete(index: number, length: number): void
}

export interface ListDraft<T extends Value> {
  readonly value: readonly T[]
  readonly length: number
  insert(index: number, ...items: T[]): void
  push(...items: T[]): void
  delete(index: number, count?: number): void
}

export interface GrowOnlySetDraft<T extends Scalar> extends Iterable<T> {
  readonly size: number
  has(element: T): boolean
  add(element: T): void
}

export interface BoundedCounterDraft {
  readonly value: number
  /** How much this replica may take away without asking anybody. */
  readonly rights: number
  rightsOf(actor: string): number
  /** A negative amount spends rights; more than there are throws `CrdtError` with code `no-rights`. */
  add(amount: number): void
  /** Gives rights to another replica; they can be spent there once it has heard of it. */
  transfer(actor: string, amount: number): void
}

export interface MovableListDraft<V, D> {
  readonly length: number
  readonly value: readonly V[]
  /** A register takes its value here; any other element is made empty and filled through the draft that comes back. */
  insert(index: number, value?: V): D
  get(index: number): D
  /** Moves an element so that it ends at index `to`. */
  move(from: number, to: number): void
  delete(index: number): void
}

export interface TreeNode<V> {
  readonly id: string
  readonly value: V
  readonly children: readonly TreeNode<V>[]
}

export interface TreeDraft<V, D> {
  readonly value: readonly TreeNode<V>[]
  /** Ids of the children of a node, in order; of the roots without one. */
  children(parent?: string | null): string[]
  /** Makes a node under a parent (null: a root), last or at an index, and returns its id. */
  insert(parent: string | null, value?: V, index?: number): string
  get(id: string): D
  /** Throws `RangeError` if the node would come under itself. */
  move(id: string, parent: string | null, index?: number): void
  /** Deletes a node with what is under it. What others put under it unseen comes to the root. */
  delete(id: string): void
}
