/** An edit: one local change while it is being made. It hands out dots and the stamp, and remembers what to put back. */
import { MAX_SEQUENCE } from '../ground/defaults.ts'
import type { Write } from './candidate.ts'
import type { Touch } from './node.ts'

export interface Transaction {
  /** Actor ids by local index. */
  readonly ids: readonly string[]
  readonly touches: Touch[]
  /** Packed dots whose content this transaction replaced or removed. */
  readonly dead: number[]
}

export interface Edit extends Transaction {
  /** The last sequence number before this edit. */
  readonly start: number
  /** The last sequence number that this edit has used. */
  seq: number
  /** Author without a stamp, for places that need none. */
  readonly author: Write
  /** Author and stamp; taken from the clock at the first write that needs it. */
  stamped(): Write
}

export function nextSeq(edit: Edit): number {
  if (edit.seq >= MAX_SEQUENCE) throw new RangeError(`An actor makes at most ${MAX_SEQUENCE} operations. Continue under a new actor id.`)
  return ++edit.seq
}
