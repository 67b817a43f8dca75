/** What a frame says, read and checked against one replica. */
import type { Write } from './candidate.ts'
import type { Context, LocalSpan } from './context.ts'
import type { Part, Plan } from './container.ts'

export interface Frame {
  readonly whole: boolean
  readonly epoch: { readonly number: number; readonly code: number }
  /** A whole state of a later epoch brings the record of the last collection; parsed, and as it came. */
  readonly record: { readonly frame: Frame; readonly bytes: Uint8Array } | undefined
  /** Only in the record of a collection: the code of the epoch before, on which it follows. */
  readonly follows: number | undefined
  /** The operations that the frame brings. */
  readonly spans: readonly LocalSpan[]
  /** How many of them the replica did not know. */
  readonly fresh: number
  /** Older operations whose content died of them. */
  readonly dead: readonly LocalSpan[]
  /** The operations as a context, and together with the dead ones; empty in a state that holds nothing new. */
  readonly context: Context
  readonly seen: Context
  /** Ids of actors that this replica does not know; their indices follow the local table. */
  readonly newActors: readonly string[]
  readonly writes: readonly Write[]
  readonly parts: readonly { readonly plan: Plan; readonly keys: readonly string[]; readonly part: Part }[]
  /** How the same bytes are known again once they are taken in; only of a whole state. */
  readonly repeat: Repeat | undefined
}

/** A state that was taken in, known again by its length and by all of its bytes through the checksum of its head. */
export interface Repeat {
  readonly length: number
  /** All before its body. */
  readonly opening: Uint8Array
  readonly headOnly: boolean
  readonly operations: number
}
