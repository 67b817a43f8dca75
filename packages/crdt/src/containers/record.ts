/** Records: a fixed set of named containers; the root of every schema. */
import type { BranchNode } from '../core/branch.ts'
import type { DraftOf, Type, ValueOf } from '../core/schema.ts'
import { setKey } from '../core/value.ts'
import { checkKey, show } from '../ground/options.ts'

export type Fields = { readonly [name: string]: Type }
export type RecordType<F extends Fields> = Type<{ readonly [N in keyof F]: ValueOf<F[N]> }, { readonly [N in keyof F]: DraftOf<F[N]> }>

/** The root of a schema, or named containers inside one. */
export function record<F extends Fields>(fields: F): RecordType<F> {
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) throw new TypeError(`A record takes an object of named types; got ${show(fields)}.`)
  for (const [name, type] of Object.entries(fields)) {
    checkKey(name)
    checkType(type, `Field ${show(name)}`)
  }
  return {
    form: 'record',
    rule: 'A record shows its fields.',
    fields: { ...fields },
    draft(node, desk) {
      const draft = {}
      for (const [name, child] of (node as BranchNode).children) setKey(draft, name, child.plan.type.draft(child, desk))
      return Object.freeze(draft)
    },
  }
}

export function checkType(type: unknown, where: string): void {
  if (typeof type !== 'object' || type === null || !('form' in type)) throw new TypeError(`${where} must be a type made by s.register, s.counter, s.set, s.map …; got ${show(type)}.`)
}
