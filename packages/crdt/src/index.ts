/**
 * Replicated documents: every replica writes at once, offline too, and all that have seen the same changes are equal, byte for byte.
 *
 * `s` describes a document, `createDoc` makes a replica of it, `change` returns bytes, `apply` takes them. How bytes travel is not this package's business;
 * `/sync` has sessions, `/counter`, `/register`, `/set` and `/map` the small types alone.
 * @module
 */
export { createDoc, loadDoc } from './document.ts'
export type { AnyDoc, ChangeOptions, Doc, DocOptions } from './doc.ts'
export { s } from './schema.ts'
export type { SchemaBuilder } from './schema.ts'
export type { DraftOf, Type, ValueOf } from './core/schema.ts'
export type { BoundedCounterOptions } from './containers/counter.ts'
export type { MapBuilder } from './containers/map.ts'
export type { Fields, RecordType } from './containers/record.ts'
export type { RegisterBuilder, RegisterOptions, RegisterType } from './containers/register.ts'
export type { Conflict, Explanation } from './core/conflicts.ts'
export { firstWriter, lastWriter, max, min, priority, union } from './core/resolver.ts'
export type { Resolver, Stamped } from './core/resolver.ts'
export { covers } from './core/version.ts'
export { CrdtError } from './ground/errors.ts'
export type { CrdtErrorCode } from './ground/errors.ts'
export type { BoundedCounterDraft, CounterDraft, GrowOnlySetDraft, ListDraft, MapDraft, MovableListDraft, RegisterDraft, RegisterMapDraft, SetDraft, TextDraft, TreeDraft, TreeNode } from './ground/drafts.ts'
export type { ApplyResult, ChangeEvent, Contribution, DeepReadonly, Patch, Path, Scalar, Span, Stamp, StampClock, Value, VersionVector } from './ground/types.ts'
