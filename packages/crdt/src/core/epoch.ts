/**
 * Epochs: what every member of a document is known to have forgotten together.
 *
 * A tombstone may go when everybody knows that its item is gone. But others may still hang something on it, or count on its place; so all must let go of the same
 * things and lay what is left in the same new order. An epoch is that agreement: a record with a `cut` (operations that all have) and the dots that are garbage.
 * Taking it in is a function of the state alone, and it makes no difference whether replicas join first or forget first:
 *
 *   forget(join(a, b)) = join(forget(a), forget(b))     for all a and b that have the cut
 *
 * So replicas pass from one epoch to the next whenever they hear of it, writing all the while. Frames say of which epoch they are; those of another are refused.
 * (Causal stability: Baquero, Almeida and Shoker 2014. The agreement is what their tombstone-free sequences lack.)
 */
import { leavesOf } from './branch.ts'
import { settle } from './buffer.ts'
import { contextOf, covers, seenIn, type Context, type LocalSpan } from './context.ts'
import type { Frame } from './parse.ts'
import type { Epoch, Replica } from './replica.ts'

/** What could be forgotten here if everybody knew what is known here. */
export function garbageOf(replica: Replica): LocalSpan[] {
  const garbage: LocalSpan[] = []
  for (const node of leavesOf(replica.root)) node.plan.leaf!.garbage?.(node, (actor, seq) => garbage.push({ actor, from: seq, to: seq }))
  return garbage
}

/** Whether a record follows on what this replica is, and everything that it counts on is here. */
export function canForget(replica: Replica, record: Frame): boolean {
  if (record.epoch.number !== replica.epoch.number + 1 || record.follows !== replica.epoch.code || !covers(replica.context, record.context)) return false
  return isSettled(replica, record.context)
}

/** Whether a cut leaves nothing hanging in the air here: see `settled` of the kinds. */
export function isSettled(replica: Replica, cut: Context): boolean {
  for (const node of leavesOf(replica.root)) if (node.plan.leaf!.settled?.(node, seenIn(cut)) === false) return false
  return true
}

/** Passes into the epoch of a record that `canForget` has allowed. What readers see is the same before and after. */
export function forgetTogether(replica: Replica, record: Frame, bytes: Uint8Array): void {
  const cut = seenIn(record.context)
  const garbage = contextOf(record.dead)
  for (const node of leavesOf(replica.root)) node.plan.leaf!.collect?.(node, seenIn(garbage), cut)
  settle(replica.buffer, record.context)
  replica.epoch = epochOf(record, bytes)
}

export const epochOf = (record: Frame, bytes: Uint8Array): Epoch => ({ ...record.epoch, pieces: record.dead.length, record: bytes.slice() })
