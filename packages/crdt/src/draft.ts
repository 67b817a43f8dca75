/** Drafts: the handles that a `change` callback writes with. One per container, made when first asked for. */
import { childAt, clearNode, isEmpty, readNode, type BranchNode } from './core/branch.ts'
import { add, type CounterNode } from './core/counter-kind.ts'
import { checkAmount } from './core/counter.ts'
import { nextSeq, type Edit } from './core/edit.ts'
import { drop, put, type EntriesNode } from './core/entries.ts'
import { shown } from './core/entries-kind.ts'
import type { Node } from './core/node.ts'
import { insertAfter, lengthOf, locate, range, remove, visible, type SequenceNode } from './core/sequence.ts'
import { checkScalar, checkValue } from './core/value.ts'
import { MAX_VALUE_SIZE } from './ground/defaults.ts'
import type { CounterDraft, ListDraft, MapDraft, RegisterDraft, RegisterMapDraft, SetDraft, TextDraft } from './ground/drafts.ts'
import { checkIndex, checkKey, checkText, show } from './ground/options.ts'
import type { Scalar, Value } from './ground/types.ts'

/** What drafts need of their document. `edit()` throws outside `change`, so a draft that escaped its callback is harmless. */
export interface Desk {
  readonly ids: readonly string[]
  edit(): Edit
}

export function draftOf(node: Node, desk: Desk): unknown {
  switch (node.plan.type.form) {
    case 'record': return recordDraft(node as BranchNode, desk)
    case 'map': return mapDraft(node as BranchNode, desk)
    case 'register': return registerDraft(node as EntriesNode, '', desk)
    case 'registerMap': return registerMapDraft(node as EntriesNode, desk)
    case 'counter': return counterDraft(node as CounterNode, desk)
    case 'set': return setDraft(node as EntriesNode, desk)
    case 'text': return textDraft(node as SequenceNode, desk)
    case 'list': return listDraft(node as SequenceNode, desk)
  }
}

function recordDraft(node: BranchNode, desk: Desk): object {
  const draft = Object.create(null) as object
  for (const [name, child] of node.children) {
    let made: unknown
    Object.defineProperty(draft, name, { enumerable: true, get: () => (made ??= draftOf(child, desk)) })
  }
  return draft
}

function registerDraft(node: EntriesNode, place: string, desk: Desk): RegisterDraft<Value | undefined> {
  return {
    get value() { return shown(node.entries.get(place), node.plan, desk.ids) },
    set: (value) => put(node, place, checkValue(value), desk.edit(), true),
    clear: () => void drop(node, place, desk.edit()),
  }
}

function registerMapDraft(node: EntriesNode, desk: Desk): RegisterMapDraft<Value | undefined> {
  return {
    get size() { return node.entries.size },
    has: (key) => node.entries.has(key),
    keys: () => node.entries.keys() as IterableIterator<string>,
    get: (key) => registerDraft(node, checkKey(key), desk),
    read: (key) => (node.entries.has(key) ? shown(node.entries.get(key), node.plan, desk.ids) : undefined),
    set: (key, value) => put(node, checkKey(key), checkValue(value), desk.edit(), true),
    delete: (key) => drop(node, checkKey(key), desk.edit()),
    clear: () => clearNode(node, desk.edit()),
  }
}

function mapDraft(node: BranchNode, desk: Desk): MapDraft<unknown, unknown> {
  const drafts = new Map<string, unknown>()
  const live = (): string[] => [...node.children].filter(([, child]) => !isEmpty(child)).map(([key]) => key)
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
        drafts.set(key, (draft = draftOf(childAt(node, node.plan.inner!, key), desk)))
      }
      return draft
    },
    read(key) {
      const child = alive(key)
      return child && readNode(child, desk.ids)
    },
    delete(key) {
      const edit = desk.edit()
      const child = alive(checkKey(key))
      if (child !== undefined) clearNode(child, edit)
      return child !== undefined
    },
    clear: () => clearNode(node, desk.edit()),
  }
}

function counterDraft(node: CounterNode, desk: Desk): CounterDraft {
  return {
    get value() { return readNode(node, desk.ids) as number },
    add: (amount) => add(node, checkAmount(amount), desk.edit()),
  }
}

function setDraft(node: EntriesNode, desk: Desk): SetDraft<Scalar> {
  return {
    get size() { return node.entries.size },
    has: (element) => node.entries.has(element),
    add(element) {
      const edit = desk.edit()
      put(node, checkScalar(element), true, edit, false)
    },
    delete: (element) => drop(node, checkScalar(element), desk.edit()),
    clear: () => clearNode(node, desk.edit()),
    [Symbol.iterator]: () => node.entries.keys(),
  }
}

function textDraft(node: SequenceNode, desk: Desk): TextDraft {
  return {
    get value() { return readNode(node, desk.ids) as string },
    get length() { return lengthOf(node) },
    insert(index, text) {
      const edit = desk.edit()
      if (typeof text !== 'string') throw new TypeError(`A text takes strings; got ${show(text)}.`)
      checkText(text, 'An inserted text', MAX_VALUE_SIZE)
      insertAfter(node, locate(node, checkIndex(index, lengthOf(node), 'The index')), [...text], edit)
    },
    delete: (index, length) => removeRange(node, index, length, desk.edit()),
  }
}

function listDraft(node: SequenceNode, desk: Desk): ListDraft<Value> {
  const insert = (index: number, ...items: Value[]): void => {
    const edit = desk.edit()
    const values = items.map(checkValue)
    insertAfter(node, locate(node, checkIndex(index, lengthOf(node), 'The index')), values, edit)
  }
  return {
    get value() { return visible(node) },
    get length() { return lengthOf(node) },
    insert,
    push: (...items) => insert(lengthOf(node), ...items),
    delete: (index, count = 1) => removeRange(node, index, count, desk.edit()),
  }
}

function removeRange(node: SequenceNode, index: number, length: number, edit: Edit): void {
  const whole = lengthOf(node)
  checkIndex(index, whole, 'The index')
  const items = range(node, index, checkIndex(length, whole - index, 'The length'))
  if (items.length > 0) nextSeq(edit)
  for (const item of items) remove(node, item, edit)
}
