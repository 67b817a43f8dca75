/** Registers in documents: one value; concurrent ones are kept until somebody writes again. */
import { drop, put, type EntriesNode } from '../core/entries.ts'
import { entriesKind, shown } from '../core/entries-kind.ts'
import { outside } from '../core/outside.ts'
import { lastWriter, type Resolver } from '../core/resolver.ts'
import type { Desk, Type } from '../core/schema.ts'
import { checkValue } from '../core/value.ts'
import type { RegisterDraft } from '../ground/drafts.ts'
import { checkOptions, show } from '../ground/options.ts'
import type { DeepReadonly, Value } from '../ground/types.ts'

export interface RegisterType<T> extends Type<DeepReadonly<T>, RegisterDraft<DeepReadonly<T>>> {
  readonly form: 'register'
}

export interface RegisterOptions<T> {
  /** Decides between concurrent values when read. Default `lastWriter`. */
  readonly resolve?: Resolver<T>
}

export interface RegisterBuilder {
  /** The type is that of the initial value alone, so `register(0, { resolve: max })` is of numbers, not of the literal 0. */
  <T>(initial: T, options?: RegisterOptions<NoInfer<T>>): RegisterType<T>
  <T>(): RegisterType<T | undefined>
}

/** One value, the last write wins unless `resolve` says otherwise. The initial value is not an operation: it costs nothing and loses to any write. */
export const register: RegisterBuilder = ((initial?: unknown, options: RegisterOptions<never> = {}): Type => {
  checkOptions(options, ['resolve'], 'register')
  const resolver = options.resolve ?? lastWriter
  if (typeof resolver.resolve !== 'function' || typeof resolver.name !== 'string') throw new TypeError(`\`resolve\` is { name, resolve(candidates) }; got ${show(resolver)}.`)
  return {
    form: 'register',
    rule: 'The one value that no later write has replaced.',
    kind: entriesKind,
    initial: initial === undefined ? undefined : checkValue(initial),
    resolver: resolver as Resolver<Value>,
    draft: (node, desk) => registerDraft(node as EntriesNode, '', desk),
  }
}) as RegisterBuilder

const everyone: Resolver<Value> = { name: 'multiValue', resolve: (candidates) => candidates.map(({ value }) => value) }

/** All values of which no writer had seen another, oldest stamp first; usually one. */
export function multiValue<T extends Value>(): Type<readonly DeepReadonly<T>[], RegisterDraft<DeepReadonly<T>>> {
  return { form: 'register', rule: 'The one value that no later write has replaced.', kind: entriesKind, resolver: everyone, draft: (node, desk) => registerDraft(node as EntriesNode, '', desk) }
}

export function registerDraft(node: EntriesNode, place: string, desk: Desk): RegisterDraft<Value | undefined> {
  return {
    get value() { return shown(node.entries.get(place), node.plan, desk.ids) },
    set: (value) => put(node, place, checkValue(value), desk.edit ?? outside(), true),
    clear: () => void drop(node, place, desk.edit ?? outside()),
  }
}
