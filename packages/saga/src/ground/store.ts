/** What the engine asks of a place that remembers. Stores know nothing of sagas: rows, a log, letters, leases. */
import type { Entry, Letter, LogRecord, Mail } from './log.ts'
import type { Maybe, SagaState } from './types.ts'

export interface SagaRow {
  readonly id: string
  readonly name: string
  readonly state: SagaState
  /** Raised by every take; a write carries the epoch it was made under and is refused under any other (a fencing token). */
  readonly epoch: number
  /** The life that holds the lease, if any. */
  readonly owner: string | undefined
  /** Store time in ms at which anybody may take the saga: end of its lease, or the time it waits for. */
  readonly wakeAt: number | undefined
  readonly input: string
  /** The encoded output when completed; an encoded failure when compensated or stuck. */
  readonly result: string | undefined
  /** Takes since the last progress. */
  readonly takes: number
  readonly parent: Parent | undefined
  readonly deadlineAt: number | undefined
  /** A trace context, handed on as it came. */
  readonly trace: string | undefined
  readonly createdAt: number
  readonly updatedAt: number
}

export interface Parent {
  readonly id: string
  readonly ord: number
}

export interface NewSaga {
  readonly name: string
  readonly input: string
  /** Undefined: anybody may take it at once. */
  readonly owner: string | undefined
  readonly leaseMs: number
  readonly parent?: Parent | undefined
  readonly deadlineMs?: number | undefined
  readonly trace?: string | undefined
}

/** What else changes with a record. */
export interface Patch {
  readonly state?: SagaState | undefined
  readonly result?: string | undefined
  readonly takes?: number | undefined
  /** Gives the lease back. The saga is taken again at `wakeAt`, at once if a letter has come that the record did not read, or never while undefined. */
  readonly release?: { readonly wakeAt: number | undefined } | undefined
}

/** One record and what goes with it, all or nothing. */
export interface Write {
  readonly id: string
  readonly epoch: number
  readonly seq: number
  readonly entries: readonly Entry[]
  readonly create?: NewSaga | undefined
  readonly patch?: Patch | undefined
  /** Letters up to this number are turned into entries by this record and can be forgotten. */
  readonly read?: number
  readonly post?: readonly { readonly to: string; readonly letter: Letter }[]
  readonly emit?: readonly { readonly topic: string; readonly key: string; readonly value: string }[]
  /** Joins the queue for these locks. */
  readonly lock?: readonly string[]
  /** Leaves the queue for every lock. */
  readonly unlock?: true
}

export type Written =
  | { readonly state: 'written'; readonly held?: readonly string[] }
  /** Somebody else has the saga now. Nothing of this write was kept. */
  | { readonly state: 'fenced' }
  /** A saga of this id was there before. Nothing of this write was kept. */
  | { readonly state: 'exists'; readonly row: SagaRow }

export interface TakeOptions {
  /** Definitions that the caller can run. */
  readonly names: readonly string[]
  readonly owner: string
  readonly leaseMs: number
  readonly limit: number
  /** Owners known to be dead: what they hold may be taken before its lease ends. */
  readonly gone?: readonly string[]
  /** Takes these and no others, whoever holds them and whatever they wait for. */
  readonly ids?: readonly string[]
}

export interface Taken {
  readonly sagas: readonly Loaded[]
  /** The store's time in ms. */
  readonly now: number
  /** Milliseconds until something else may be taken; undefined when nothing is in sight. */
  readonly nextMs: number | undefined
}

export interface Loaded {
  readonly row: SagaRow
  readonly log: readonly LogRecord[]
  readonly mail: readonly Mail[]
  /** Who held it until it was taken just now. */
  readonly from?: string | undefined
}

export interface Held {
  readonly id: string
  readonly epoch: number
}

export interface ListQuery {
  readonly state?: SagaState | undefined
  readonly name?: string | undefined
  /** Only ids greater than this one; always in the order of the bytes of their ids. */
  readonly after?: string | undefined
  readonly limit: number
}

/** A message in the outbox. */
export interface Emitted {
  readonly number: number
  readonly saga: string
  readonly key: string
  readonly topic: string
  readonly value: string
}

/**
 * A place that remembers. `commit` may be given many sagas' writes at once and should pay for durability once; a saga is never in a batch twice.
 * A write that is repeated with the same epoch and seq was made before: it is answered `written` and changes nothing (a COMMIT's answer may get lost).
 */
export interface Store<Tx = unknown> {
  /** What the engine waits for before a commit, to find company: `turn` of the event loop where a commit costs a disk or a network, else `microtask`. */
  readonly gather: 'turn' | 'microtask'
  /** How many commits may be under way at once. */
  readonly lanes: number
  /** Names this process among those that share the store. */
  readonly label?: string
  /** Knows that a life has ended, where that can be known. Never guesses. */
  isGone?(owner: string): boolean
  commit(writes: readonly Write[]): Maybe<readonly Written[]>
  take(options: TakeOptions): Maybe<Taken>
  /** Extends the leases that are still ours, answers with the ids of those that are not. */
  beat(owner: string, held: readonly Held[], leaseMs: number): Maybe<readonly string[]>
  /** The letters for what `owner` holds. */
  mail(owner: string): Maybe<readonly Mail[]>
  /** Leaves a letter, and wakes the saga if nobody holds it. False: there is no such saga, or it has ended (an `undo` is for those that completed). */
  post(to: string, letter: Letter): Maybe<boolean>
  read(id: string): Maybe<Loaded | undefined>
  list(query: ListQuery): Maybe<readonly SagaRow[]>
  /** Owners that hold a lease now. */
  owners(): Maybe<readonly string[]>
  /** Runs `work` and makes `write` in one transaction. Absent where the store has none. */
  transact?<T>(write: (value: T) => Write, work: (tx: Tx) => Maybe<T>): Promise<{ readonly written: Written; readonly value: T }>
  /** Leases messages of the outbox, oldest first, at most one batch per saga in anybody's hands. */
  outbox?(options: { readonly owner: string; readonly leaseMs: number; readonly limit: number }): Maybe<readonly Emitted[]>
  /** Forgets messages that were handed on. */
  sent?(numbers: readonly number[]): Maybe<void>
  /** Makes a saga that nobody holds inside a transaction of the caller's: it is there when that commits. */
  join?(tx: Tx, id: string, create: NewSaga): Maybe<Written>
  /** Makes a saga as it stands in another store, with its log and its letters. `locks` are joined in order. False: there is one of this id. */
  adopt(saga: Loaded, locks: readonly string[]): Maybe<boolean>
  /** Calls `heard` when another process says that there may be something to do or to hear. A hint: it may be missed, and mean nothing. */
  hints?(heard: () => void): Disposable
  close?(): Maybe<void>
}
