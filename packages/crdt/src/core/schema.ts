/** Types: what a schema is made of. Plain data plus the kind that does the work, so that a bundle has only the kinds that its schema names. */
import type { Type } from './container.ts'

export type { Desk, Form, Type } from './container.ts'

/** The plain value of a schema's container: what `doc.value` shows. */
export type ValueOf<T> = T extends Type<infer V, unknown> ? V : never
/** What the `change` callback receives. */
export type DraftOf<T> = T extends Type<unknown, infer D> ? D : never
