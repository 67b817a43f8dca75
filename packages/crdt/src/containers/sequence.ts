/** Text and lists in documents, over the plain Fugue engine. */
import { readNode } from '../core/branch.ts'
import type { Edit } from '../core/container.ts'
import { outside } from '../core/outside.ts'
import type { Type } from '../core/schema.ts'
import { insertAfter, lengthOf, locate, range, remove, visible, type SequenceNode } from '../core/sequence.ts'
import { sequenceKind } from '../core/sequence-kind.ts'
import { checkValue } from '../core/value.ts'
import { MAX_VALUE_SIZE } from '../ground/defaults.ts'
import type { ListDraft, TextDraft } from '../ground/drafts.ts'
import { checkIndex, checkText } from '../ground/options.ts'
import type { DeepReadonly, Value } from '../ground/types.ts'

/** Text for several hands at once: Fugue order, UTF-16 indices. */
export function text(): Type<string, TextDraft> {
  return {
    form: 'text',
    rule: 'All that was typed and not deleted, in Fugue order.',
    kind: sequenceKind,
    draft(plain, desk): TextDraft {
      const node = plain as SequenceNode
      return {
        get value() { return readNode(node, desk.ids) as string },
        get length() { return lengthOf(node) },
        insert(index, added) {
          const edit = desk.edit ?? outside()
          checkText(added, 'An inserted text', MAX_VALUE_SIZE)
          insertAfter(node, locate(node, checkIndex(index, lengthOf(node), 'The index')), [...added], edit)
        },
        delete: (index, length) => removeRange(node, index, length, desk.edit ?? outside()),
      }
    },
  }
}

/** A list of values in Fugue order. An element is replaced as a whole; for elements that change, keep ids here and the data in a map. */
export function list<T extends Value = string>(): Type<readonly DeepReadonly<T>[], ListDraft<T>> {
  return {
    form: 'list',
    rule: 'All that was inserted and not deleted, in Fugue order.',
    kind: sequenceKind,
    draft(plain, desk): ListDraft<Value> {
      const node = plain as SequenceNode
      const insert = (index: number, ...items: Value[]): void => {
        const edit = desk.edit ?? outside()
        const values = items.map((item) => checkValue(item))
        insertAfter(node, locate(node, checkIndex(index, lengthOf(node), 'The index')), values, edit)
      }
      return {
        get value() { return visible(node) },
        get length() { return lengthOf(node) },
        insert,
        push: (...items) => insert(lengthOf(node), ...items),
        delete: (index, count = 1) => removeRange(node, index, count, desk.edit ?? outside()),
      }
    },
  }
}

function removeRange(node: SequenceNode, index: number, length: number, edit: Edit): void {
  const whole = lengthOf(node)
  checkIndex(index, whole, 'The index')
  const items = range(node, index, checkIndex(length, whole - index, 'The length'))
  if (items.length > 0) edit.seq++
  for (const item of items) remove(node, item, edit)
}
