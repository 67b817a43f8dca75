/**
 * Movable lists: an element that two replicas move at once is moved once, not doubled. (Kleppmann 2020: Moving elements in list CRDTs.)
 *
 * A list of slots gives the places, a register per element says which slot is the element's (the last move wins), an add-wins set says which elements
 * live, and a map holds what they are. So everything is joined and written by the containers that it is made of.
 */
import { readNode, type BranchNode } from '../core/branch.ts'
import type { Edit } from '../core/container.ts'
import { drop, put, type EntriesNode } from '../core/entries.ts'
import { shown } from '../core/entries-kind.ts'
import type { Node } from '../core/node.ts'
import { outside } from '../core/outside.ts'
import type { Desk, Type } from '../core/schema.ts'
import { insertAfter, orderOf, remove, GONE, type Item, type SequenceNode } from '../core/sequence.ts'
import type { MovableListDraft } from '../ground/drafts.ts'
import { checkIndex } from '../ground/options.ts'
import { innerDraft, innerValue, clearInner, freshToken } from './elements.ts'
import { map } from './map.ts'
import { checkType } from './record.ts'
import { register } from './register.ts'
import { list } from './sequence.ts'
import { set } from './set.ts'

interface Parts {
  readonly slots: SequenceNode
  /** Element → token of its slot. */
  readonly places: EntriesNode
  readonly alive: EntriesNode
  readonly values: Node
}

const partsOf = (node: Node): Parts => Object.fromEntries((node as BranchNode).children) as unknown as Parts

/** Slot content: `[element, token]`; a forged one is of no element. */
const slotOf = (item: Item): readonly [element: string, token: string] => (Array.isArray(item.value) ? item.value : ['', '']) as unknown as readonly [string, string]

/** The slots that count, in order: their element lives and says that this is its slot. */
function living({ slots, places, alive }: Parts, ids: readonly string[]): Item[] {
  return orderOf(slots).filter((item) => {
    if (item.value === GONE) return false
    const [element, token] = slotOf(item)
    return alive.entries.has(element) && shown(places.entries.get(element), places.plan, ids) === token
  })
}

/** A list whose elements can be moved and, where `inner` is a container, changed in place. A deletion wins over a concurrent move. */
export function movableList<V, D>(inner: Type<V, D>): Type<readonly V[], MovableListDraft<V, D>> {
  checkType(inner, 'The inner type of a movable list')
  return {
    form: 'movableList',
    rule: 'Each element once, where its last move by stamp put it.',
    fields: { slots: list<string>(), places: map(register<string>()), alive: set(), values: map(inner) },
    read(node, ids) {
      const parts = partsOf(node)
      return Object.freeze(living(parts, ids).map((item) => innerValue(parts.values, slotOf(item)[0], inner, ids)))
    },
    draft: (node, desk) => movableListDraft(node, inner, desk),
  }
}

function movableListDraft(node: Node, inner: Type, desk: Desk): MovableListDraft<never, never> {
  const parts = partsOf(node)
  const items = (): Item[] => living(parts, desk.ids)
  const elementAt = (all: readonly Item[], index: number): string => slotOf(all[checkIndex(index, all.length - 1, 'The index')]!)[0]

  /** A new slot for an element at an index among the others, which becomes the element's own; its token. */
  function settle(element: string, others: readonly Item[], index: number, edit: Edit): string {
    const token = freshToken(desk, edit)
    const before = others[index - 1]
    insertAfter(parts.slots, before === undefined ? -1 : orderOf(parts.slots).indexOf(before), [[element, token]], edit)
    put(parts.places, element, token, edit, true)
    return token
  }

  /** Gives up an element's slots, but for the one with the token. */
  function vacate(element: string, token: string | undefined, edit: Edit): void {
    const left = orderOf(parts.slots).filter((item) => item.value !== GONE && slotOf(item)[0] === element && slotOf(item)[1] !== token)
    for (const item of left) remove(parts.slots, item, edit)
  }

  return {
    get length() { return items().length },
    get value() { return readNode(node, desk.ids) as readonly never[] },
    insert(index, value) {
      const edit = desk.edit ?? outside()
      const others = items()
      checkIndex(index, others.length, 'The index')
      const element = freshToken(desk, edit)
      const made = innerDraft(parts.values, element, inner, value, desk)
      settle(element, others, index, edit)
      put(parts.alive, element, true, edit, false)
      return made as never
    },
    get: (index) => innerDraft(parts.values, elementAt(items(), index), inner, undefined, desk) as never,
    move(from, to) {
      const edit = desk.edit ?? outside()
      const all = items()
      const element = elementAt(all, from)
      const others = all.filter((item) => slotOf(item)[0] !== element)
      vacate(element, settle(element, others, checkIndex(to, others.length, 'The target index'), edit), edit)
    },
    delete(index) {
      const edit = desk.edit ?? outside()
      const element = elementAt(items(), index)
      drop(parts.alive, element, edit)
      vacate(element, undefined, edit)
      clearInner(parts.values, element, edit)
    },
  }
}

