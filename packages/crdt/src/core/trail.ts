/**
 * Trails: what a transaction touched, node by node, in the order of its doing. Contents are immutable, so one list serves for rolling back, for the delta, for the delta
 * buffer, for patches and for undo. It lies in columns, because one change may touch a hundred thousand places and nobody may ever look.
 */
import { markStale, STALE, type Node, type Touch, type Touched, type Trail, type Transaction } from './node.ts'

export const createTransaction = (ids: readonly string[]): Transaction => ({ ids, trails: new Map(), trail: undefined, dead: [] })

/** Notes that a place is about to be, or has been, changed here; `before` is what was there. (In parentheses: see `put`.) */
export const touch = ((transaction: Transaction, node: Node, place: unknown, before: unknown): Trail => {
  let { trail } = transaction
  if (trail === undefined || trail.node !== node) {
    trail = transaction.trails.get(node) ?? { node, places: [], isDistinct: true, befores: [], afters: [] }
    transaction.trails.set(node, (transaction.trail = trail))
  }
  if (node.cache !== STALE || node.plan.isPart) markStale(node)
  const { places } = trail
  if (before !== undefined) {
    trail.isDistinct = false
    // Counting in a loop is one touch.
    if (places.length > 0 && places[places.length - 1] === place) return trail
    trail.befores.push(places.length, before)
  }
  places.push(place)
  return trail
})

/** As `touch`, of a change that came from elsewhere: what is there now is kept too, because it may be asked for when it has changed again. */
export function touchFromAfar(transaction: Transaction, node: Node, place: unknown, before: unknown, after: unknown): void {
  const { places, afters } = touch(transaction, node, place, before)
  afters[places.length - 1] = after
}

/** By node, each touched place once: from what was there first to what is there at the end of the transaction, which for a local one is now. */
export function touchedBy({ trails }: Transaction): Touched[] {
  return Array.from(trails.values(), ({ node, places, befores, afters }) => {
    const touches = new Map<unknown, Touch>()
    let next = 0
    for (const [index, place] of places.entries()) {
      const had = befores[next] === index
      const { before } = touches.get(place) ?? { before: had ? befores[next + 1] : undefined }
      if (had) next += 2
      touches.set(place, { place, before, after: afters.length > 0 ? afters[index] : node.plan.leaf!.at(node, place) })
    }
    return { node, touches: [...touches.values()] }
  })
}

export function rollBack({ trails }: Transaction): void {
  for (const { node, places, befores } of trails.values()) {
    let next = befores.length - 2
    for (let index = places.length - 1; index >= 0; index--) {
      const had = befores[next] === index
      node.plan.leaf!.undo(node, places[index], had ? befores[next + 1] : undefined)
      if (had) next -= 2
    }
    markStale(node)
  }
}
