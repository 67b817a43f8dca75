/** Nodes: the containers of one replica as a tree. State lives in nodes, behaviour in kinds. */
import type { Node } from './container.ts'

export type { LeafKind, Node, Part, Shipment, Touch, Touched, Trail, Transaction } from './container.ts'

export const STALE: unique symbol = Symbol('stale')

/**
 * All the way up, to the first that is stale already: above that nothing is fresh. A movable list or tree is fresh above parts that are not, since it reads them
 * without making them so; hence the way out of it is always gone.
 */
export function markStale(node: Node): void {
  for (let at: Node | undefined = node; at !== undefined && (at.cache !== STALE || at.plan.isPart); at = at.parent) at.cache = STALE
}

/** Field names and map keys from the root to a node. */
export function pathOf(node: Node): string[] {
  const path: string[] = []
  for (let at: Node = node; at.parent !== undefined; at = at.parent) path.push(at.segment)
  return path.reverse()
}
