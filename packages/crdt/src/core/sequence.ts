/**
 * Sequences in Fugue order (Weidner, Kleppmann: The art of the fugue, 2023): text typed by one person is never torn apart by what another types at the same spot.
 *
 * Items form a tree. An item hangs to the left or right of its parent; reading order is: left children, the item, right children; siblings by id. A new item
 * becomes the right child of the item before it, or, if that has right children already, the left child of the item after it. Deleted items stay as
 * tombstones without content, because others may hang on them. This is the plain engine: every step is O(n), and plainly what the paper says.
 */
import type { Value } from '../ground/types.ts'
import { dotOf } from './context.ts'
import type { Edit } from './container.ts'
import type { Node } from './node.ts'
import { touch } from './trail.ts'

/** The content of a tombstone. */
export const GONE: unique symbol = Symbol('gone')

export interface Item {
  readonly actor: number
  readonly seq: number
  /** Undefined: the beginning of the sequence, to the right of which everything hangs. Set anew only when an epoch begins. */
  parent: Item | undefined
  right: boolean
  /** Where an item that hangs at the beginning stands there, since a collection laid it so: ranks first, then ports, then ids. 0 in all others. */
  rank: number
  port: number
  /** Where an item that was collected stood: behind this one. */
  anchor?: Item | undefined
  /** A text holds one code point per item, a list any value. */
  value: Value | typeof GONE
  /** Sorted by actor id, then sequence number. */
  readonly before: Item[]
  readonly after: Item[]
}

export interface SequenceNode extends Node {
  /** By packed dot. */
  readonly items: Map<number, Item>
  /** What hangs at the beginning. */
  readonly roots: Item[]
  /** All items in reading order, tombstones included; undefined when it has to be built again. */
  order: Item[] | undefined
}

export function orderOf(node: SequenceNode): readonly Item[] {
  return (node.order ??= walk(node.roots))
}

/** In-order walk with a stack of its own: typing makes chains as long as the text, too deep for recursion. */
function walk(roots: readonly Item[]): Item[] {
  const order: Item[] = []
  const stack: { readonly item: Item; readonly entered: boolean }[] = []
  const push = (items: readonly Item[]): void => {
    for (let index = items.length - 1; index >= 0; index--) stack.push({ item: items[index]!, entered: false })
  }
  push(roots)
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (top.entered) {
      order.push(top.item)
      push(top.item.after)
    } else if (top.item.before.length === 0) {
      order.push(top.item)
      push(top.item.after)
    } else {
      stack.push({ item: top.item, entered: true })
      push(top.item.before)
    }
  }
  return order
}

/** Hangs an item on its parent and makes it known. The reading order is stale afterwards. */
export function attach(node: SequenceNode, item: Item, ids: readonly string[]): void {
  node.items.set(dotOf(item.actor, item.seq), item)
  const siblings = siblingsOf(node, item)
  let index = siblings.length
  while (index > 0 && compareSiblings(item, siblings[index - 1]!, ids) < 0) index--
  siblings.splice(index, 0, item)
  node.order = undefined
}

export function detach(node: SequenceNode, item: Item): void {
  node.items.delete(dotOf(item.actor, item.seq))
  const siblings = siblingsOf(node, item)
  siblings.splice(siblings.indexOf(item), 1)
  node.order = undefined
}

const siblingsOf = (node: SequenceNode, item: Item): Item[] => (item.parent === undefined ? node.roots : item.right ? item.parent.after : item.parent.before)

/** Order of items beside each other under one parent. */
function compareSiblings(a: Item, b: Item, ids: readonly string[]): number {
  return a.rank - b.rank || a.port - b.port || compareItems(a, b, ids)
}

export function compareItems(a: Item, b: Item, ids: readonly string[]): number {
  return a.actor === b.actor ? a.seq - b.seq : ids[a.actor]! < ids[b.actor]! ? -1 : 1
}

/** Inserts after position `at` of the reading order (-1: at the beginning); one operation per value, chained to the right. */
export function insertAfter(node: SequenceNode, at: number, values: readonly Value[], edit: Edit): void {
  const order = orderOf(node) as Item[]
  let left: Item | undefined = order[at]
  const made: Item[] = []
  for (const value of values) {
    const children: readonly Item[] = left === undefined ? node.roots : left.after
    const next = children.length === 0 ? undefined : order[at + 1]
    const parent: Item | undefined = next ?? left
    const item: Item = { actor: 0, seq: ++edit.seq, parent, right: next === undefined, rank: 0, port: 0, value, before: [], after: [] }
    attach(node, item, edit.ids)
    touch(edit, node, item, undefined)
    made.push(item)
    left = item
  }
  // In both cases the new run stands directly behind `at`, so the order need not be walked again.
  order.splice(at + 1, 0, ...made)
  node.order = order
}

export function remove(node: SequenceNode, item: Item, edit: Edit): void {
  if (item.value === GONE) return
  touch(edit, node, item, item.value)
  item.value = GONE
}

/** How far an item moves the index: the UTF-16 units of a text's code point, 1 in a list, 0 for a tombstone. */
export const unitsOf = (node: SequenceNode, item: Item): number => (item.value === GONE ? 0 : node.plan.type.form === 'text' ? (item.value as string).length : 1)

export function lengthOf(node: SequenceNode): number {
  let units = 0
  for (const item of orderOf(node)) units += unitsOf(node, item)
  return units
}

/** The position in the reading order of the last item before an index; -1 for the beginning. Throws where the index cuts an item. */
export function locate(node: SequenceNode, index: number): number {
  const order = orderOf(node)
  let units = 0
  let position = -1
  while (units < index) units += unitsOf(node, order[++position]!)
  if (units > index) throw new RangeError(`Index ${index} falls inside a character of two UTF-16 units. Move it by one.`)
  return position
}

/** The visible items of a range, which must lie inside the sequence. */
export function range(node: SequenceNode, index: number, length: number): Item[] {
  const order = orderOf(node)
  const start = locate(node, index)
  const end = locate(node, index + length)
  return order.slice(start + 1, end + 1).filter((item) => item.value !== GONE)
}

export const visible = (node: SequenceNode): Value[] => orderOf(node).filter((item) => item.value !== GONE).map((item) => item.value as Value)
