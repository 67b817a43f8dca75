/** What every run of an engine shares. */
import type { Committer } from './committer.ts'
import type { Encode } from './core/payload.ts'
import type { Emitter } from './events.ts'
import type { Letter } from './ground/log.ts'
import type { Parent, Store } from './ground/store.ts'
import type { Clock, Codec, Maybe, RetryOptions } from './ground/types.ts'
import type { SagaDefinition } from './saga.ts'
import type { StoreTime } from './store-time.ts'

/** How a run left this engine's memory: it ended, is parked until something happens, or belongs to somebody else now. */
export type Leaving = 'ended' | 'parked' | 'stuck' | 'lost'

export interface House {
  readonly store: Store
  readonly clock: Clock
  readonly random: () => number
  readonly codec: Codec
  readonly encode: Encode
  readonly events: Emitter
  readonly committer: Committer
  readonly owner: string
  readonly leaseMs: number
  readonly pollMs: number
  readonly maxSteps: number
  readonly maxTakes: number
  readonly replayMs: number
  readonly settleMs: number
  readonly retry: Required<RetryOptions>
  readonly undoRetry: Required<RetryOptions>
  readonly storeTime: StoreTime
  /** Gives up on an answer of the store that does not come. */
  within<T>(answer: Maybe<T>): Promise<T>
  /** Whether a lease confirmed at this monotonic time leaves room to begin something. */
  fresh(confirmedAt: number): boolean
  /** @throws TypeError if the definition is not one of the engine's */
  check(definition: SagaDefinition): void
  /** Starts a child, once per id. */
  startChild(definition: SagaDefinition, id: string, input: string, parent: Parent): Promise<void>
  /** Leaves a letter with another saga. False: there is none, or nothing is left of it. */
  tell(id: string, letter: Letter): Promise<boolean>
  /** Something is in the outbox. */
  relay(): void
}
