import type { Outage } from './store.ts'
import type { Clock, Key } from './types.ts'

/** What a store must do for permits, each in one atomic step and by its own clock. A permit that has expired counts for nobody. */
export interface PermitBackend {
  /** Adds the permit `id` for `leaseMs` if fewer than `limit` are out. `inFlight` counts those out afterwards; `retryAfterMs` is when the oldest expires. */
  acquire(key: string, id: string, limit: number, leaseMs: number): Promise<PermitReply>
  /** Starts the lease anew. False if it has ended. */
  renew(key: string, id: string, leaseMs: number): Promise<boolean>
  /** False if it had ended before. */
  release(key: string, id: string): Promise<boolean>
  /** Permits that are out. */
  count(key: string): Promise<number>
}

export interface PermitReply {
  readonly granted: boolean
  readonly inFlight: number
  readonly retryAfterMs: number
}

export interface SharedConcurrencyOptions {
  /** Where the permits are counted: `redisPermits({ client })`. */
  readonly store: PermitStore
  /** Permits per key at once, of all processes together; 1 to 1 000 000. */
  readonly limit: number
  /** How long a permit is good for without being renewed, in milliseconds; 1 to 86 400 000, default 60 000. */
  readonly leaseMs?: number | undefined
  /** How often the first in line asks again, in milliseconds; 1 to 60 000, default 50. A release by this process is noticed at once. */
  readonly pollMs?: number | undefined
  /** Longest wait for the store's answer in milliseconds; 1 to 60 000, default 50. */
  readonly timeoutMs?: number | undefined
  /** Without an answer: this process's share of the limit, everything, or nothing is admitted. Default `local`. */
  readonly outage?: Outage | undefined
  /** Processes that share the limit; 1 to 100 000, default 1. */
  readonly replicas?: number | undefined
  /** Callers of `wait`, all keys together; 0 to 1 000 000, default 1000. */
  readonly maxWaiting?: number | undefined
  readonly clock?: Clock | undefined
  /** Names this process's permits. Default: the platform's. */
  readonly random?: (() => number) | undefined
}

/** The answer to `acquire`: a value either way. Releasing what was refused does nothing. */
export interface SharedPermit extends AsyncDisposable {
  readonly allowed: boolean
  /** `limit` the key has its fill · `queue` too many wait · `store` decided without the store, by the rule `allow` or `refuse` · `closed` disposed of. */
  readonly reason: 'ok' | 'limit' | 'queue' | 'store' | 'closed'
  /** Permits of the key that are out, this one included. */
  readonly inFlight: number
  readonly limit: number
  /** Of a refusal: when the oldest permit expires, if nobody releases one before. */
  readonly retryAfterMs: number
  /** Gives the place free. Only the first call counts. What the store cannot be told expires by itself. */
  release(): Promise<void>
  /** Starts the lease anew. False if it was released or has expired, or the store could not be told. */
  renew(): Promise<boolean>
}

/** How many at once, over a store: the verbs of a limit in memory, answered by promises that an outage never rejects. */
export interface SharedConcurrency extends AsyncDisposable {
  acquire(key: Key): Promise<SharedPermit>
  /** Acquires as soon as a place is free; first come, first served per key within this process. Rejects with `signal.reason`. */
  wait(key: Key, options?: { readonly signal?: AbortSignal | undefined }): Promise<SharedPermit>
  /** Permits of the key that are out; `undefined` if the store gave no answer. */
  inFlight(key: Key): Promise<number | undefined>
  snapshot(): { readonly waiting: number; readonly storeDown: boolean }
}

/** Opens limits over itself. */
export interface PermitStore {
  open(options: SharedConcurrencyOptions): SharedConcurrency
}
