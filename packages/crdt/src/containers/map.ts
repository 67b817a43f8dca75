/** Maps in documents: containers by string key. A map of registers is one container with many places; any other has a container per key. */
import { childAt, clearNode, inOrder, isEmpty, readNode, type BranchNode } from '../core/branch.ts'
import { drop, put, type EntriesNode } from '../core/entries.ts'
import { entriesKind, shown } from '../core/entries-kind.ts'
import type { Node } from '../core/node.ts'
import { outside } from '../core/outside.ts'
import type { Desk, Type } from '../core/schema.ts'
import { checkValue } from '../core/value.ts'
import type { MapDraft, RegisterMapDraft } from '../ground/drafts.ts'
import { MAX_KEY_LENGTH } from '../ground/defaults.ts'
import { checkKey } from '../ground/options.ts'
import type { DeepReadonly, Value } from '../ground/types.ts'
import { checkType } from './record.ts'
import { registerDraft, type RegisterType } from './register.ts'

export interface MapBuilder {
  <T>(inner: RegisterType<T>): Type<{ readonly [key: string]: Exclude<DeepReadonly<T>, undefined> }, RegisterMapDraft<Exclude<DeepReadonly<T>, undefined>>>
  <V, D>(inner: Type<V, D>): Type<{ readonly [key: string]: V }, MapDraft<V, D>>
}

/** Containers by string key. A key is there while something in it lives; deleting it resets what the deleter has seen. */
export const map: MapBuilder = ((inner: Type): Type => {
  checkType(inner, 'The inner type of a map')
  if (inner.form !== 'register') return { form: 'map', rule: 'A map shows the keys under which something lives.', inner, draft: (node, desk) => mapDraft(node as BranchNode, desk) }
  return { form: 'registerMap', rule: 'A map of registers shows the keys that were written and not deleted since.', kind: entriesKind, resolver: inner.resolver!, draft: registerMapDraft }
}) as MapBuilder

function registerMapDraft(plain: Node, desk: Desk): RegisterMapDraft<Value | undefined> {
  const node = plain as EntriesNode
  return {
    get size() { return node.entries.size },
    has: (key) => node.entries.has(key),
    keys: () => ([...node.entries.keys()] as string[]).sort().values(),
    get: (key) => registerDraft(node, checkKey(key), desk),
    read: (key) => (node.entries.has(key) ? shown(node.entries.get(key), node.plan, desk.ids) : undefined),
    // Maps are filled by the hundred thousand: a key and a number that are plainly good take no call. (In parentheses: see `put`.)
    set: ((key, value) => put(node, typeof key === 'string' && key.length <= MAX_KEY_LENGTH && key.isWellFormed() ? key : checkKey(key), Number.isFinite(value) && value !== 0 ? value! : checkValue(value), desk.edit ?? outside(), true)),
    delete: (key) => drop(node, checkKey(key), desk.edit ?? outside()),
    clear: () => clearNode(node, desk.edit ?? outside()),
  }
}

function mapDraft(node: BranchNode, desk: Desk): MapDraft<unknown, unknown> {
  const drafts = new Map<string, unknown>()
  const live = (): string[] => inOrder(node).filter(([, child]) => !isEmpty(child)).map(([key]) => key)
  const alive = (key: string): Node | undefined => {
    const child = node.children.get(key)
    return child === undefined || isEmpty(child) ? undefined : child
  }
  return {
    get size() { return live().length },
    has: (key) => alive(key) !== undefined,
    keys: () => live().values(),
    get(key) {
      let draft = drafts.get(checkKey(key))
      if (draft === undefined) {
        const child = childAt(node, node.plan.inner!, key)
        drafts.set(key, (draft = child.plan.type.draft(child, desk)))
      }
      return draft
    },
    read(key) {
      const child = alive(key)
      return child && readNode(child, desk.ids)
    },
    delete(key) {
      const edit = desk.edit ?? outside()
      const child = alive(checkKey(key))
      if (child !== undefined) clearNode(child, edit)
      return child !== undefined
    },
    clear: () => clearNode(node, desk.edit ?? outside()),
  }
}
