/** A plan: the schema made ready. Every leaf of the schema is a table on the wire, numbered in the order of the sorted paths. */
import type { Plan, Type } from './container.ts'

export type { Plan } from './container.ts'

export interface Schema {
  readonly root: Plan
  /** Leaf plans by table number. */
  readonly tables: readonly Plan[]
  readonly tableOf: ReadonlyMap<Plan, number>
  /** Names and forms of all leaves: what two replicas must agree on. */
  readonly signature: string
}

export function compile(type: Type): Schema {
  const tables: Plan[] = []
  const names: string[] = []
  const root = grow(type, undefined, undefined, 0, '', tables, names)
  return { root, tables, tableOf: new Map(tables.map((plan, index) => [plan, index])), signature: names.join('\n') }
}

function grow(type: Type, parent: Plan | undefined, name: string | undefined, depth: number, path: string, tables: Plan[], names: string[]): Plan {
  const leaf = type.kind
  const fields = new Map<string, Plan>()
  const isPart = parent !== undefined && (parent.isPart || parent.type.read !== undefined)
  const plan: Plan & { inner: Plan | undefined } = { type, parent, name, depth, leaf, fields, inner: undefined, isPart }
  if (leaf !== undefined) {
    tables.push(plan)
    names.push(`${path} ${type.form}`)
  } else if (type.form === 'map') {
    plan.inner = grow(type.inner!, plan, undefined, depth + 1, `${path}/*`, tables, names)
  } else {
    for (const [field, inner] of Object.entries(type.fields!).sort(([a], [b]) => (a < b ? -1 : 1))) {
      fields.set(field, grow(inner, plan, field, depth, `${path}/${JSON.stringify(field)}`, tables, names))
    }
  }
  return plan
}
