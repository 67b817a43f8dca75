/**
 * The schema: which containers a document has. A schema is plain data; it names each container by its path, so two replicas that start to use `todos`
 * apart from each other mean the same `todos` afterwards, and neither loses what it wrote.
 */
import type { CounterDraft, ListDraft, MapDraft, RegisterDraft, RegisterMapDraft, SetDraft, TextDraft } from '../ground/drafts.ts'
import { checkKey, checkOptions, show } from '../ground/options.ts'
import type { DeepReadonly, Scalar, Value } from '../ground/types.ts'
import { lastWriter, type Resolver } from './resolver.ts'
import { checkValue } from './value.ts'

/** Carry the TypeScript types of value and draft; never there at run time. */
declare const value: unique symbol
declare const draft: unique symbol

export type Form = 'record' | 'map' | 'register' | 'registerMap' | 'counter' | 'set' | 'text' | 'list'

export interface Type<V = unknown, D = unknown> {
  readonly form: Form
  readonly fields?: { readonly [name: string]: Type }
  readonly inner?: Type
  readonly initial?: Value | undefined
  readonly resolver?: Resolver<Value>
  readonly [value]?: V
  readonly [draft]?: D
}

export interface RegisterType<T> extends Type<DeepReadonly<T>, RegisterDraft<DeepReadonly<T>>> {
  readonly form: 'register'
}

/** The plain value of a schema's container: what `doc.value` shows. */
export type ValueOf<T> = T extends Type<infer V, unknown> ? V : never
/** What the `change` callback receives. */
export type DraftOf<T> = T extends Type<unknown, infer D> ? D : never

export type RecordType<F extends { readonly [name: string]: Type }> = Type<{ readonly [N in keyof F]: ValueOf<F[N]> }, { readonly [N in keyof F]: DraftOf<F[N]> }>

export interface RegisterOptions<T> {
  /** Decides between concurrent values when read. Default `lastWriter`. */
  readonly resolve?: Resolver<T>
}

function record<F extends { readonly [name: string]: Type }>(fields: F): RecordType<F> {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) throw new TypeError(`A record takes an object of named types; got ${show(fields)}.`)
  for (const [name, type] of Object.entries(fields)) {
    checkKey(name)
    checkType(type, `Field ${show(name)}`)
  }
  return { form: 'record', fields: { ...fields } }
}

export interface RegisterBuilder {
  <T>(initial: T, options?: RegisterOptions<T>): RegisterType<T>
  <T>(): RegisterType<T | undefined>
}

const register = ((initial?: unknown, options: RegisterOptions<never> = {}): Type => {
  checkOptions(options, ['resolve'], 'register')
  return { form: 'register', initial: initial === undefined ? undefined : checkValue(initial), resolver: (options.resolve ?? lastWriter) as Resolver<Value> }
}) as RegisterBuilder

function map<T>(inner: RegisterType<T>): Type<{ readonly [key: string]: Exclude<DeepReadonly<T>, undefined> }, RegisterMapDraft<Exclude<DeepReadonly<T>, undefined>>>
function map<V, D>(inner: Type<V, D>): Type<{ readonly [key: string]: V }, MapDraft<V, D>>
function map(inner: Type): Type<never, never> {
  checkType(inner, 'The inner type of a map')
  return { form: inner.form === 'register' ? 'registerMap' : 'map', inner, ...(inner.resolver && { resolver: inner.resolver }) }
}

function checkType(type: unknown, where: string): void {
  if (typeof type !== 'object' || type === null || !('form' in type)) throw new TypeError(`${where} must be a type made by s.register, s.counter, s.set, s.map …; got ${show(type)}.`)
}

export interface SchemaBuilder {
  /** The root of a schema, or a record of named containers inside it. */
  doc: typeof record
  record: typeof record
  /** One value, the last write wins unless `resolve` says otherwise. The initial value is not an operation: it costs nothing and loses to any write. */
  register: RegisterBuilder
  /** A whole number that goes up and down; no increment is ever lost. */
  counter(): Type<number, CounterDraft>
  /** An add-wins set of scalars. */
  set<T extends Scalar = string>(): Type<readonly T[], SetDraft<T>>
  /** Containers by string key. A key is there while something in it lives; deleting it resets what the deleter has seen. */
  map: typeof map
  /** Text for several hands at once: Fugue order, UTF-16 indices. */
  text(): Type<string, TextDraft>
  /** A list of values in Fugue order. An element is replaced as a whole; for elements that change, keep ids here and the data in a map. */
  list<T extends Value = string>(): Type<readonly DeepReadonly<T>[], ListDraft<T>>
}

export const s: SchemaBuilder = {
  doc: record,
  record,
  register,
  counter: () => ({ form: 'counter' }),
  set: () => ({ form: 'set' }),
  map,
  text: () => ({ form: 'text' }),
  list: () => ({ form: 'list' }),
}

/** Whether a form's places carry values and stamps. */
export const isStamped = (type: Type): boolean => type.form === 'register' || type.form === 'registerMap'
