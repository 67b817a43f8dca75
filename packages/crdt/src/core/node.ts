/** Nodes: the containers of one replica as a tree. State lives in nodes, behaviour in kinds. */
import type { Node, Shipment, Touch, Transaction } from './container.ts'

export type { LeafKind, Node, Part, Shipment, Touch } from './container.ts'

export const STALE: unique symbol = Symbol('stale')

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
  const { touches } = transaction
  const last = touches.at(-1)
  // Counting in a loop is one touch.
  if (last !== undefined && last.node === node && last.place === place) touches[touches.length - 1] = { node, place, before: last.before, after }
  else touches.push({ node, place, before, after })
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
