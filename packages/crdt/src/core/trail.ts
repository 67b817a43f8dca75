/**
 * Trails: what a transaction touched, node by node, in the order of its doing. Contents are immutable, so one list serves for rolling back, for the delta, for the delta
 * buffer, for patches and for undo. Its rows lie flat, because one change may touch a hundred thousand places and nobody may ever look.
 */
import { markStale, STALE, type Node, type Shipment, type Touch, type Trail, type Transaction } from './node.ts'

export const createTransaction = (ids: readonly string[]): Transaction => ({ ids, trails: new Map(), trail: undefined, dead: [] })

export function touch(transaction: Transaction, node: Node, place: unknown, before: unknown, after: unknown): void {
  let { trail } = transaction
  if (trail === undefined || trail.node !== node) trail = follow(transaction, node)
  const { rows } = trail
  const last = rows.length - 3
  // Counting in a loop is one touch.
  if (before !== undefined && last >= 0 && rows[last] === place) rows[last + 2] = after
  else rows.push(place, before, after)
  if (node.cache !== STALE || node.plan.isPart) markStale(node)
}

function follow(transaction: Transaction, node: Node): Trail {
  let trail = transaction.trails.get(node)
  if (trail === undefined) transaction.trails.set(node, (trail = { node, rows: [] }))
  transaction.trail = trail
  return trail
}

/** Each touched place once, from the first before to the last after. */
export function touchesOf({ node, rows }: Trail): Touch[] {
  const touches = new Map<unknown, Touch>()
  for (let row = 0; row < rows.length; row += 3) {
    const place = rows[row]
    const first = touches.get(place)
    touches.set(place, { node, place, before: first === undefined ? rows[row + 1] : first.before, after: rows[row + 2] })
  }
  return [...touches.values()]
}

export function shipmentOf({ node, rows }: Trail): Shipment {
  const places: unknown[] = []
  for (let row = 0; row < rows.length; row += 3) places.push(rows[row])
  return { node, places }
}

export function rollBack({ trails }: Transaction): void {
  for (const { node, rows } of trails.values()) {
    for (let row = rows.length - 3; row >= 0; row -= 3) node.plan.leaf!.undo(node, rows[row], rows[row + 1])
    markStale(node)
  }
}
