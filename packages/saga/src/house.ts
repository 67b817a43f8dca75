/** What every run of an engine shares. */
import type { Committer } from './committer.ts'
import type { Emitter } from './events.ts'
import type { Clock, Codec, RetryOptions } from './ground/types.ts'

/** How a run left this engine's memory: it ended, is parked until something happens, or belongs to somebody else now. */
export type Leaving = 'ended' | 'parked' | 'stuck' | 'lost'

export interface House {
  readonly clock: Clock
  readonly random: () => number
  readonly codec: Codec
  readonly events: Emitter
  readonly committer: Committer
  readonly owner: string
  readonly leaseMs: number
  readonly maxPayloadBytes: number
  readonly maxSteps: number
  readonly maxTakes: number
  readonly replayMs: number
  readonly settleMs: number
  readonly retry: Required<RetryOptions>
  readonly undoRetry: Required<RetryOptions>
  /** The store's time in ms, as last told and carried on by the monotonic clock. */
  storeNow(): number
  /** Whether a lease confirmed at this monotonic time leaves room to begin something. */
  fresh(confirmedAt: number): boolean
}
