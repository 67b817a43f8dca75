/** Taking a frame in: what it would bring, whether it can stand yet, and the join itself. */
import { indexOf } from './actors.ts'
import { leavesOf, nodeAt } from './branch.ts'
import { forget, remember, spansOf } from './buffer.ts'
import { include, isVoid, seenIn, subtract, union } from './context.ts'
import { isAfter } from './moment.ts'
import type { Node, Transaction } from './node.ts'
import type { Frame } from './parse.ts'
import type { Replica } from './replica.ts'
import { createTransaction } from './trail.ts'
import type { Stamp } from '../ground/types.ts'

/** Whether something in the frame hangs on an operation that has not arrived. */
export function mustWait(replica: Replica, frame: Frame): boolean {
  return frame.parts.some(({ plan, keys, part }) => plan.leaf!.lacks(nodeAt(replica.root, plan, keys, false), part))
}

/** The newest stamp of each foreign actor in the frame. */
export function foreignStamps(replica: Replica, frame: Frame): Stamp[] {
  const newest = new Map<number, Stamp>()
  for (const write of frame.writes) {
    const { actor, ms, count } = write
    if (actor === 0 || ms === 0) continue
    const known = newest.get(actor)
    if (known !== undefined && !isAfter(write, known)) continue
    newest.set(actor, { ms, count, node: replica.actors.ids[actor] ?? frame.newActors[actor - replica.actors.ids.length]! })
  }
  return [...newest.values()]
}

/** Joins a frame that has been parsed against this very state, as a part of a transaction. Cannot fail: all checks lie before it. */
export function absorb(replica: Replica, frame: Frame, transaction: Transaction = createTransaction(replica.actors.ids)): void {
  for (const id of frame.newActors) indexOf(replica.actors, id)
  const died = transaction.dead.length
  const seen = seenIn(isVoid(replica.graves) ? replica.context : union(replica.context, replica.graves))
  const told = seenIn(frame.seen)
  const named = new Set<Node>()
  for (const { plan, keys, part } of frame.parts) {
    const node = nodeAt(replica.root, plan, keys, true)!
    if (frame.whole) named.add(node)
    plan.leaf!.join(node, part, told, frame.whole, seen, transaction)
  }
  // A whole state speaks also about the nodes that it does not name: what it has seen there is gone.
  if (frame.whole) {
    for (const node of leavesOf(replica.root)) if (!named.has(node)) node.plan.leaf!.join(node, undefined, told, true, seen, transaction)
  }
  for (const { actor, from, to } of frame.spans) include(replica.context, actor, from, to)
  for (const { actor, from, to } of frame.dead) include(replica.graves, actor, from, to)
  if (!isVoid(replica.graves)) replica.graves = subtract(replica.graves, replica.context)
  for (const write of frame.writes) if (isAfter(write, replica.stamp)) replica.stamp = write
  if (frame.whole) forget(replica.buffer, frame.spans)
  else {
    const shipments = frame.parts.map(({ plan, keys, part }) => {
      const node = nodeAt(replica.root, plan, keys, false)!
      return { node, places: plan.leaf!.named(node, part), isDistinct: false }
    })
    const dead = [...frame.dead, ...spansOf(transaction.dead.slice(died))]
    remember(replica.buffer, { spans: frame.spans, shipments, dead, weight: shipments.reduce((sum, { places }) => sum + places.length, 1 + dead.length) })
  }
}
