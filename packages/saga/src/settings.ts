/** What an engine can be told, checked and filled with defaults. */
import { jsonCodec } from './core/codec.ts'
import { systemClock, systemRandom } from './ground/clock.ts'
import * as defaults from './ground/defaults.ts'
import { known, number, retryOptions } from './ground/options.ts'
import type { Store } from './ground/store.ts'
import type { Clock, Codec, Logger, RetryOptions, SagaState } from './ground/types.ts'
import type { Relay } from './relay.ts'
import type { SagaDefinition } from './saga.ts'

export interface EngineOptions {
  /** The definitions that this engine can run. Sagas of other names are left to others. */
  readonly sagas: readonly SagaDefinition<never, unknown>[]
  readonly store: Store
  readonly clock?: Clock
  readonly random?: () => number
  readonly logger?: Logger
  /** A name for this worker that outlives it: a worker of the same name takes over its sagas at once. No two may run at a time. Default: a fresh one. */
  readonly owner?: string
  /** How long this worker may be silent before another takes over, in ms. Default 10 000. */
  readonly leaseMs?: number
  /** How often to look for work that nobody hinted at, in ms. Default 1000. */
  readonly pollMs?: number
  /** Sagas in memory at a time; further ones wait in the store. Default 1000. */
  readonly maxHeld?: number
  /** Largest encoded input, output or signal. Default 1 MiB. */
  readonly maxPayloadBytes?: number
  /** Most names in one saga. Default 1000. */
  readonly maxSteps?: number
  /** Takes without progress before a saga is set aside. Default 10. */
  readonly maxTakes?: number
  /** How long a replayed function may take to ask for what its log has, in ms. Default 1000. */
  readonly replayMs?: number
  /** How long going back waits for a timed-out or cancelled action, in ms. Default 5000. */
  readonly settleMs?: number
  /** How long `close` waits for running actions before it aborts them, in ms. Default 5000. */
  readonly closeMs?: number
  /** For steps that say nothing else. Default: one attempt. */
  readonly retry?: RetryOptions
  /** For undos that say nothing else. Default: ten retries over about four minutes. */
  readonly undoRetry?: RetryOptions
  /** How values become text. Default: readable JSON with tags. */
  readonly codec?: Codec
  /** Hands a message of the outbox on; what it throws is tried again after a lease. At least once, in order for each saga: let the receiver know the key. */
  readonly relay?: Relay
}

export interface StartOptions {
  /** What makes two requests the same. Default: a fresh ULID. */
  readonly id?: string
  /** Milliseconds after which the saga turns back. */
  readonly deadlineMs?: number
  /** A trace context to keep with the saga. */
  readonly trace?: string
  /** A transaction of yours in the store's database: the saga is there when it commits, and is taken up with the next poll. Use a connection of your own. */
  readonly tx?: unknown
}

export interface WaitOptions {
  readonly signal?: AbortSignal
}

export interface ListOptions {
  readonly state?: SagaState
  readonly name?: string
}

type Numbers = Record<'leaseMs' | 'pollMs' | 'maxHeld' | 'maxPayloadBytes' | 'maxSteps' | 'maxTakes' | 'replayMs' | 'settleMs' | 'closeMs', number>

/** The default of each number, and the least that makes sense. */
const NUMBERS: Readonly<Record<keyof Numbers, readonly [fallback: number, least: number]>> = {
  leaseMs: [defaults.LEASE_MS, 1], pollMs: [defaults.POLL_MS, 1], maxHeld: [defaults.MAX_HELD, 1], maxPayloadBytes: [defaults.MAX_PAYLOAD_BYTES, 1],
  maxSteps: [defaults.MAX_STEPS, 1], maxTakes: [defaults.MAX_TAKES, 1], replayMs: [defaults.REPLAY_MS, 0], settleMs: [defaults.SETTLE_MS, 0], closeMs: [defaults.CLOSE_MS, 0],
}

export interface Settings extends Numbers {
  readonly definitions: ReadonlyMap<string, SagaDefinition>
  readonly clock: Clock
  readonly random: () => number
  readonly codec: Codec
  readonly retry: Required<RetryOptions>
  readonly undoRetry: Required<RetryOptions>
}

/** @throws TypeError or RangeError if an option is wrong */
export function settle(options: EngineOptions): Settings {
  const numbers = Object.keys(NUMBERS) as (keyof Numbers)[]
  known('createEngine', options, ['sagas', 'store', 'clock', 'random', 'logger', 'owner', ...numbers, 'retry', 'undoRetry', 'codec', 'relay'])
  if (typeof options.store?.commit !== 'function') throw new TypeError('createEngine: expected a store, such as memoryStore() or sqliteStore({ path })')
  const definitions = new Map<string, SagaDefinition>()
  for (const definition of options.sagas) {
    if (definitions.has(definition.name)) throw new TypeError(`createEngine: two sagas are called '${definition.name}'; a name stands for one definition`)
    definitions.set(definition.name, definition as unknown as SagaDefinition)
  }
  return {
    definitions,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    codec: options.codec ?? jsonCodec,
    retry: retryOptions('retry', options.retry, defaults.STEP_RETRY),
    undoRetry: retryOptions('undoRetry', options.undoRetry, defaults.UNDO_RETRY),
    ...Object.fromEntries(numbers.map((name) => [name, number(name, options[name], ...NUMBERS[name])])) as Numbers,
  }
}
