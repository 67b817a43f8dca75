/** The words of the package: plain data that crosses its doors. */
import type { Stamp } from '@distrokit/hlc'

/** When a write happened, and (`node`) by which actor. A replica without a clock counts in `ms`. */
export type { Stamp }

/** What a register or a list element may hold: JSON, with finite numbers and well-formed strings. `-0` is stored as `0`. */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value }

/** What a set may hold: compared by value, so `1` and `'1'` are two elements. */
export type Scalar = null | boolean | number | string

/** The part of an `@distrokit/hlc` clock that a replica uses. A replica without one counts by itself (Lamport, 1978). */
export interface StampClock {
  now(): Stamp
  /** Called with the newest stamp of each foreign change before it is taken in; a throw (`DriftError`) refuses the change. */
  receiveAll?(remotes: Iterable<Stamp>): Stamp
}

/**
 * What is known of each actor. `{ dublin: 17 }` means operations 1 to 17 of `dublin`. Where some were lost or overtaken, the number is followed by pairs of what is
 * known beyond: `{ dublin: [17, 20, 25] }` means 1 to 17 and 20 to 25.
 */
export type VersionVector = Readonly<Record<string, number | readonly number[]>>

/** Operations `from` to `to` of one actor, both ends included. */
export interface Span {
  readonly actor: string
  readonly from: number
  readonly to: number
}

export type Path = readonly (string | number)[]

/** One change of the plain value, in the order in which it took place. */
export type Patch =
  | { readonly type: 'set'; readonly path: Path; readonly value: Value | undefined; readonly before: Value | undefined }
  | { readonly type: 'add'; readonly path: Path; readonly element: Scalar }
  | { readonly type: 'delete'; readonly path: Path; readonly element: Scalar }
  | { readonly type: 'count'; readonly path: Path; readonly amount: number }
  | { readonly type: 'splice'; readonly path: Path; readonly index: number; readonly deleted: number; readonly inserted: string | readonly Value[] }
  /** Movable lists and trees tell their new value whole. */
  | { readonly type: 'replace'; readonly path: Path; readonly value: unknown }

/** One actor's part in a value. */
export interface Contribution {
  readonly actor: string
  /** When; absent where the container keeps no stamps. */
  readonly stamp?: Stamp
  /** A register's candidate, a counter's sum, an element's membership, the number of a sequence's visible items. */
  readonly value: Value
}

/** What became of bytes that were taken in. Counts are operations (dots). */
export interface ApplyResult {
  /** Operations that were new. */
  readonly applied: number
  /** Operations that were known before: the bytes were a repeat, wholly or in part. */
  readonly duplicate: number
  /** Operations of these bytes that wait for others (text whose neighbour has not arrived). They are kept, up to a bound. */
  readonly pending: number
  /** What this replica knows to be absent: ask a peer for `changesSince(version())`. Empty when history has no hole. */
  readonly missing: readonly Span[]
  /** How the plain value changed. Built when first read. */
  readonly changes: readonly Patch[]
}

/** What listeners of a document hear, once per local change and once per applied frame, after it stands. */
export interface ChangeEvent {
  readonly local: boolean
  /** Free text of the caller: `change(edit, { origin })`, `apply(bytes, { origin })`. */
  readonly origin: string | undefined
  readonly patches: readonly Patch[]
}

/** Readonly all the way down. */
export type DeepReadonly<T> = T extends Value
  ? T
  : T extends readonly (infer Item)[]
    ? readonly DeepReadonly<Item>[]
    : T extends object
      ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
      : T
