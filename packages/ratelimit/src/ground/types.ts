/** What the outside world must offer a limiter. Every part is looked up when it is used, never at load. */
export interface Clock {
  /** Milliseconds from any origin that never step back. Fractions are floored. */
  monotonic(): number
  /** One timer. Only `wait` needs it, and only while somebody waits. */
  after?(ms: number, run: () => void): { cancel(): void }
}

/** A limit as you write it down: `limit` tokens every `perMs` milliseconds, with room for `burst` tokens at once. */
export interface Limit {
  /** Tokens that flow back every `perMs`; a whole number ≥ 1. */
  readonly limit: number
  /** Length of the period in milliseconds; a whole number ≥ 1. */
  readonly perMs: number
  /** Capacity of the bucket in tokens; a whole number ≥ 1. Default: `limit`. */
  readonly burst?: number | undefined
  /** 1 to 64 printable ASCII characters, unique within a limiter. Default: what it says, such as `100-per-minute`. */
  readonly name?: string | undefined
}

/** A limit with its defaults filled in. */
export interface Policy {
  readonly name: string
  readonly limit: number
  readonly perMs: number
  readonly burst: number
}

/** Who is limited: one string, or a tuple whose parts can never run together (`['a', 'bc']` is not `['ab', 'c']`). A number is its decimal text. */
export type Key = string | readonly (string | number)[]

/**
 * Why a decision is what it is.
 * `ok` admitted · `limit` not now · `impossible` the cost can never fit · `blocked` by `block` · `queue` too many wait already ·
 * `store` the store gave no usable answer in time · `closed` the limiter was disposed of · `shadow` admitted, but only because shadow mode is on.
 */
export type Reason = 'ok' | 'limit' | 'impossible' | 'blocked' | 'queue' | 'store' | 'closed' | 'shadow'

/** The answer to a request. A plain value: a refusal is never thrown. The shape is always the same. */
export interface Decision {
  readonly allowed: boolean
  readonly reason: Reason
  /** Whole tokens left in the bucket of the limit that binds, after this decision. */
  readonly remaining: number
  /** The `limit` of the limit that binds. */
  readonly limit: number
  /** 0 when admitted. Otherwise the exact milliseconds after which the same request succeeds if nobody else takes: not one earlier. `Infinity` when impossible. */
  readonly retryAfterMs: number
  /** Milliseconds until the bucket of the limit that binds is full again. */
  readonly resetAfterMs: number
  /** Name of the limit that binds: of a refusal, the one that makes it wait longest; of an admission, the one with the fewest tokens left. */
  readonly policy: string
}

export interface WaitOptions {
  /** Tokens; a whole number ≥ 0. Default 1. */
  readonly cost?: number | undefined
  /** Give up when it fires: the promise rejects with `signal.reason`, and nothing was taken. */
  readonly signal?: AbortSignal | undefined
  /** Longest wait worth queueing for, in milliseconds. A wait that would be longer is refused at once. Default: no bound but the queue's. */
  readonly maxWaitMs?: number | undefined
}

export interface ChargeOptions {
  /** Name of this charge. The same name on the same key is applied once. */
  readonly id?: string | undefined
}

/**
 * What becomes of tokens already spent when a limit changes. `used`: what was spent stays spent, token for token.
 * `share`: a bucket that was 30 % spent is 30 % spent. `reset`: every bucket is full.
 */
export type Held = 'used' | 'share' | 'reset'

export type LimiterEvent =
  | { readonly type: 'decision'; readonly key: string; readonly cost: number; readonly decision: Decision }
  | { readonly type: 'saturated'; readonly size: number; readonly maxKeys: number }
  | { readonly type: 'clock-back'; readonly byMs: number }
  | { readonly type: 'changed'; readonly policies: readonly Policy[] }

export interface LimiterSnapshot {
  /** Keys with a bucket of their own. */
  readonly size: number
  readonly maxKeys: number
  /** Decisions made on a shared bucket because the table was full. */
  readonly shared: number
  readonly blocked: number
  readonly waiting: number
}

/** An exact token bucket per key, in memory. Every verb but `wait` is synchronous. */
export interface Limiter extends Disposable {
  readonly policies: readonly Policy[]
  /** Keys with a bucket of their own; a key whose bucket is full again costs nothing and is forgotten in passing. */
  readonly size: number
  /** Takes `cost` tokens from every limit, or none from any. */
  take(key: Key, cost?: number): Decision
  /** What `take` would answer now. Changes nothing. */
  peek(key: Key, cost?: number): Decision
  /** Takes as soon as the tokens are there: first come, first served per key. Resolves with the decision; a refusal (`queue`, `impossible`, too long a wait) is a value too. */
  wait(key: Key, options?: WaitOptions): Promise<Decision>
  /** Puts tokens back; a bucket never holds more than its burst. With an `id`, once. */
  give(key: Key, cost?: number, options?: ChargeOptions): void
  /** Takes tokens whatever the limit says, into debt if need be. `allowed` is false only if the debt could not be recorded; `retryAfterMs` says when the next token is free. */
  charge(key: Key, cost: number, options?: ChargeOptions): Decision
  /** Refuses the key for `forMs` milliseconds. False if the list of blocked keys is full: an old block is never dropped for a new one. */
  block(key: Key, forMs: number): boolean
  /** Forgets the key: full bucket, no block. A key that shares a bucket keeps that bucket. */
  reset(key: Key): void
  /** Puts other limits in place at once, for all keys. Limits inherit by name, else by position. */
  change(limits: Limit | readonly Limit[], options?: { readonly held?: Held | undefined }): void
  /** Drops every key whose bucket is full, and says how many. Never needed; O(keys). */
  sweep(): number
  snapshot(): LimiterSnapshot
  onEvent(listener: (event: LimiterEvent) => void): Disposable
}
