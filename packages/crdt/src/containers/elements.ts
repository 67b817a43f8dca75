/** Elements: what a movable list or a tree holds under names of its own, whatever their type. */
import { childAt, clearNode, readNode, type BranchNode } from '../core/branch.ts'
import type { Edit } from '../core/container.ts'
import { drop, put, type EntriesNode } from '../core/entries.ts'
import { shown } from '../core/entries-kind.ts'
import type { Node } from '../core/node.ts'
import { outside } from '../core/outside.ts'
import type { Desk, Type } from '../core/schema.ts'
import { checkValue } from '../core/value.ts'
import { registerDraft } from './register.ts'

/** A name that no other replica makes: the actor, and the number of its next operation. */
export const freshToken = (desk: Desk, edit: Edit): string => `${edit.seq + 1}@${desk.ids[0]!}`

export function innerValue(values: Node, element: string, inner: Type, ids: readonly string[]): unknown {
  if (inner.form !== 'register') return readNode(childAt(values as BranchNode, values.plan.inner!, element), ids)
  const cell = (values as EntriesNode).entries.get(element)
  return cell === undefined ? inner.initial : shown(cell, values.plan, ids)
}

/** The draft of an element; a register is written at once when a value comes with it. */
export function innerDraft(values: Node, element: string, inner: Type, value: unknown, desk: Desk): unknown {
  if (inner.form !== 'register') {
    if (value !== undefined) throw new TypeError(`An element of type ${inner.form} is made empty; fill it through the draft that insert() returns.`)
    const child = childAt(values as BranchNode, values.plan.inner!, element)
    return child.plan.type.draft(child, desk)
  }
  if (value !== undefined) put(values as EntriesNode, element, checkValue(value), desk.edit ?? outside(), true)
  return registerDraft(values as EntriesNode, element, desk)
}

export function clearInner(values: Node, element: string, edit: Edit): void {
  if (values.plan.leaf !== undefined) drop(values as EntriesNode, element, edit)
  else {
    const child = (values as BranchNode).children.get(element)
    if (child !== undefined) clearNode(child, edit)
  }
}
