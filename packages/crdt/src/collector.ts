/**
 * Collection of garbage: the one who leads it, and what it waits for.
 *
 * The leader marks what could go and what it knows (1), waits until every member has acknowledged that, notes all that it has heard by then as the cut (2), waits
 * until every member has acknowledged the cut, and writes the record of a new epoch (3). After (1) nobody makes an operation that does not know of the
 * garbage; what was made before is in the cut; after (2) everybody has the cut. So a record can be followed by each member as soon as it is heard of.
 * A member that is silent holds all this back: only its removal from the members goes on without it.
 */
import { copyOf, holesIn, type Context, type LocalSpan } from './core/context.ts'
import { garbageOf, isSettled } from './core/epoch.ts'
import { encodeRecord } from './core/frame.ts'
import type { Replica } from './core/replica.ts'
import { covers, versionOf } from './core/version.ts'
import type { VersionVector } from './ground/types.ts'
import type { Acknowledgement } from './message.ts'

type Phase =
  | { readonly type: 'idle' }
  | { readonly type: 'marked'; readonly garbage: readonly LocalSpan[]; readonly version: VersionVector }
  | { readonly type: 'cut'; readonly garbage: readonly LocalSpan[]; readonly version: VersionVector; readonly cut: Context }

/** A member other than the leader, and what it has said last. */
export interface Member {
  readonly actor: string
  readonly said: Acknowledgement | undefined
}

export interface Collector {
  /** Marks what could go, unless it is at it already; false if there is nothing, or if something is missing here. */
  begin(): boolean
  /** Goes on as far as the others' acknowledgements allow; the record when everybody has the cut. */
  advance(others: readonly Member[]): Uint8Array | undefined
  /** Begins anew: the members are others now, or the epoch is. */
  reset(): void
}

export function createCollector(replica: Replica): Collector {
  let phase: Phase = { type: 'idle' }
  const version = (): VersionVector => versionOf(replica.context, replica.actors.ids)
  const isWhole = (): boolean => holesIn(replica.context, replica.actors.ids).length === 0

  return {
    begin() {
      if (phase.type !== 'idle') return true
      if (!isWhole()) return false
      const garbage = garbageOf(replica)
      // The record names what went, so it is itself something that goes with the next one.
      if (garbage.length === 0 && replica.epoch.pieces === 0) return false
      phase = { type: 'marked', garbage, version: version() }
      return true
    },
    advance(others) {
      // Nobody acknowledges what it made itself: what has arrived here of it, it has.
      const have = (wanted: VersionVector): boolean => others.every(({ actor, said }) =>
        said !== undefined && said.epoch === replica.epoch.number && covers({ ...said.version, [actor]: wanted[actor] ?? 0 }, wanted))
      if (phase.type === 'marked' && isWhole() && isSettled(replica, replica.context) && have(phase.version) && others.every(({ said }) => covers(version(), said!.version))) {
        phase = { type: 'cut', garbage: phase.garbage, version: version(), cut: copyOf(replica.context) }
      }
      if (phase.type !== 'cut' || !have(phase.version)) return undefined
      const { cut, garbage } = phase
      phase = { type: 'idle' }
      return encodeRecord(replica, cut, garbage)
    },
    reset() {
      phase = { type: 'idle' }
    },
  }
}
