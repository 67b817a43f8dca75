/**
 * Trails: what a transaction touched, node by node, in the order of its doing. Contents are immutable, so one list serves for rolling back, for the delta, for the delta
 * buffer, for patches and for undo. It lies in columns, because one change may touch a hundred thousand places and nobody may ever look.
 */
import { markStale, STALE, type Node, type Touch, type Trail, type Transaction } from './node.ts'

export const createTransaction = (ids: readonly string[]): Transaction => ({ ids, trails: new Map(), trail: undefined, dead: [] })

export function touch(transaction: Transaction, node: Node, place: unknown, before: unknown, after: unknown): void {
  let { trail } = transaction
  if (trail === undefined || trail.node !== node) {
    trail = transaction.trails.get(node) ?? { node, places: [], contents: [] }
    transaction.trails.set(node, (transaction.trail = trail))
  }
  const { places, contents } = trail
  // Counting in a loop is one touch.
  if (before !== undefined && places.length > 0 && places[places.length - 1] === place) contents[contents.length - 1] = after
  else {
    places.push(place)
    contents.push(before, after)
  }
  if (node.cache !== STALE || node.plan.isPart) markStale(node)
}

/** Each touched place once, from the first before to the last after. */
export function touchesOf({ node, places, contents }: Trail): Touch[] {
  const touches = new Map<unknown, Touch>()
  for (const [index, place] of places.entries()) {
    const first = touches.get(place)
    touches.set(place, { node, place, before: first === undefined ? contents[index * 2] : first.before, after: contents[index * 2 + 1] })
  }
  return [...touches.values()]
}

export function rollBack({ trails }: Transaction): void {
  for (const { node, places, contents } of trails.values()) {
    for (let index = places.length - 1; index >= 0; index--) node.plan.leaf!.undo(node, places[index], contents[index * 2])
    markStale(node)
  }
}
