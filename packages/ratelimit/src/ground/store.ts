import type { Decision, Key, Limit, LimiterEvent, Policy, WaitOptions, ChargeOptions, Clock } from './types.ts'

/** One thing to do to one key, in the order given. */
export interface Call {
  /** `take`: up to `count` times, as often as it fits · `give`, `charge`: once per `id` · `block`: for `cost` milliseconds · `reset`: forget everything. */
  readonly verb: 'take' | 'give' | 'charge' | 'block' | 'reset'
  /** Tokens, or milliseconds for `block`. */
  readonly cost: number
  /** Of `take`: how many requests of this cost wait for an answer. */
  readonly count: number
  readonly id?: string | undefined
}

/** How a bucket stood when the store looked, before the calls were applied. Everything else follows from it, so nothing else is sent. */
export interface Reply {
  /** What is owed to each limit, in its own units, at the store's time. The limiter goes on counting in this list. */
  readonly debts: number[]
  /** Milliseconds for which the key is still blocked; 0 if it is not. */
  readonly blockedMs: number
  /** For each call with an `id`, in order: whether the id was new. */
  readonly fresh: readonly boolean[]
}

/** The numbers of one limit in lowest terms: one token weighs `weight`, one millisecond drains `drain`, a bucket holds `capacity`. */
export interface Measure {
  readonly weight: number
  readonly drain: number
  readonly capacity: number
}

/** What a store must do, in one atomic step and by its own clock: read the key's bucket, let time flow, apply the calls, answer how the bucket stood. */
export interface Backend {
  run(key: string, measures: readonly Measure[], calls: readonly Call[]): Promise<Reply>
  close?(): Promise<void>
}

/** What happens to requests while the store gives no answer: this process's share of the limit, everything, or nothing is admitted. */
export type Outage = 'local' | 'allow' | 'refuse'

export interface SharedOptions {
  /** Where the buckets live: `redisStore(…)`, `postgresStore(…)`, or one made with `defineStore`. */
  readonly store: Store
  /** Local time and timers, for deadlines and for what is remembered. The store's own clock decides about tokens. */
  readonly clock?: Clock | undefined
  readonly random?: (() => number) | undefined
  /** Longest wait for the store's answer in milliseconds; 1 to 60 000, default 50. */
  readonly timeoutMs?: number | undefined
  /** Default `local`. */
  readonly outage?: Outage | undefined
  /** Processes that share the limit: in an outage each grants limit / replicas, and a lease never takes more than its share. 1 to 100 000, default 1. */
  readonly replicas?: number | undefined
  /** Fetch permits of hot keys in advance. Never admits one too many; what is fetched and not used may be missing elsewhere for a moment. Default false. */
  readonly lease?: boolean | undefined
  /** Longest time in milliseconds for which a refusal is repeated without asking the store, so that a `give` or `reset` elsewhere is seen. 0 to 3 600 000, default 1000; 0 asks every time. */
  readonly recallMs?: number | undefined
  /** Keys remembered here, and keys of the local limiter in an outage. 1 to 16 000 000, default 100 000. */
  readonly maxKeys?: number | undefined
  /** As for a limiter in memory. */
  readonly maxWaiting?: number | undefined
  readonly shadow?: boolean | undefined
}

export type SharedEvent =
  | LimiterEvent
  | { readonly type: 'store-down'; readonly error: unknown; readonly retryAfterMs: number }
  | { readonly type: 'store-up' }

export interface SharedSnapshot {
  /** Requests waiting for the store's answer, and keys they are about. */
  readonly asking: number
  readonly waiting: number
  /** Keys whose last known debt is remembered. */
  readonly remembered: number
  /** Tokens fetched in advance and not used yet: the most that may be missing elsewhere because of this process. */
  readonly stranded: number
  readonly storeDown: boolean
}

/** A limiter whose buckets live in a store. The verbs are those of a limiter in memory; each answers with a promise, which an outage never rejects. */
export interface SharedLimiter extends AsyncDisposable {
  readonly policies: readonly Policy[]
  take(key: Key, cost?: number): Promise<Decision>
  peek(key: Key, cost?: number): Promise<Decision>
  wait(key: Key, options?: WaitOptions): Promise<Decision>
  /** False if the store could not be told. */
  give(key: Key, cost?: number, options?: ChargeOptions): Promise<boolean>
  charge(key: Key, cost: number, options?: ChargeOptions): Promise<Decision>
  /** False if the store could not be told. */
  block(key: Key, forMs: number): Promise<boolean>
  /** False if the store could not be told. */
  reset(key: Key): Promise<boolean>
  /** Other limits from now on, for this process. In the store limits inherit by position; what was spent stays spent, rounded up to whole tokens. */
  change(limits: Limit | readonly Limit[]): void
  snapshot(): SharedSnapshot
  onEvent(listener: (event: SharedEvent) => void): Disposable
  /** Gives leased permits back and refuses from now on. The client is yours and stays open. */
  close(): Promise<void>
}

/** Opens limiters over itself. */
export interface Store {
  open(limits: Limit | readonly Limit[], options: SharedOptions): SharedLimiter
}
