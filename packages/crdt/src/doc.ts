/** The face of a document: what its holder sees. */
import type { Conflict, Explanation } from './core/conflicts.ts'
import type { DraftOf, Type, ValueOf } from './core/schema.ts'
import type { ApplyResult, ChangeEvent, Path, StampClock, Value, VersionVector } from './ground/types.ts'

export interface DocOptions {
  /** Names this replica; no other replica may ever use it. 1 to 64 UTF-16 units. */
  readonly actor: string
  /** Tells apart documents of one schema: bytes of another id are refused. Default `''`. */
  readonly id?: string
  /** Stamps the writes of registers; its drift bound guards the door. Default: a count of its own (Lamport), without time. */
  readonly clock?: StampClock
  /** Touched places that are remembered for small deltas, 0 to 10 million. Default 8192: about a megabyte. */
  readonly bufferSize?: number
  /** Bytes that may wait for operations that have not arrived, 0 to 2^31. Default 1 MiB; beyond it the oldest are dropped and stay `missing`. */
  readonly maxPendingBytes?: number
}

export interface ChangeOptions {
  /** Told to listeners. */
  readonly origin?: string
}

/** What every document is, whatever its schema. */
export interface AnyDoc {
  readonly actor: string
  /** How many collections of garbage it has been through. Replicas with one version are equal within one epoch. */
  readonly epoch: number
  /** Takes in a delta or a state, in any order, any number of times. Throws `CrdtError` (or the clock's `DriftError`) with nothing changed. */
  apply(bytes: Uint8Array, options?: ChangeOptions): ApplyResult
  /** What this replica knows. Equal versions in one epoch are equal states, gaps included. */
  version(): VersionVector
  /** What somebody with that version lacks; undefined when nothing. */
  changesSince(version: VersionVector): Uint8Array | undefined
  /** The whole state: equal states are equal bytes. */
  save(): Uint8Array
  /** 16 hex digits, equal for equal states. For telling states apart, not for security. */
  digest(): string
  /** Registers where concurrent values stand. */
  conflicts(): readonly Conflict[]
  /** Settles a register, at a path of field names and map keys: writes a value that replaces all candidates seen here. Returns the delta, as `change`. */
  resolve(path: Path, value: Value): Uint8Array
  /** Why a place shows what it shows: who contributed, when, and by which rule. */
  explain(path: Path): Explanation
  subscribe(listener: (event: ChangeEvent) => void): Disposable
}

export interface Doc<T extends Type = Type> extends AnyDoc {
  /** The plain value. Unchanged parts are the same objects as before. */
  readonly value: ValueOf<T>
  /** Makes one atomic change and returns its delta; undefined when nothing changed. A throw undoes it all. The callback must be synchronous. */
  change(edit: (draft: DraftOf<T>) => void, options?: ChangeOptions): Uint8Array | undefined
  /** As `change`, without making bytes: for replicas that sync by `changesSince`. Whether anything changed. */
  edit(edit: (draft: DraftOf<T>) => void, options?: ChangeOptions): boolean
}
