/** Inversion: the opposite of what touches did, as a new edit, as far as nobody else has changed the places since. What undo is made of. */
import { CrdtError } from '../ground/errors.ts'
import type { Value } from '../ground/types.ts'
import { newest } from './candidate.ts'
import { add, amountOf, isBounded, rightsOf, type CounterNode } from './counter-kind.ts'
import type { Edit } from './container.ts'
import { drop, put, type Cell, type EntriesNode, type Place } from './entries.ts'
import { hasValues, isSet } from './entries-kind.ts'
import type { Node, Touch } from './node.ts'
import { standing } from './sequence-epoch.ts'
import { GONE, insertAfter, orderOf, remove, type Item, type SequenceNode } from './sequence.ts'
import { sameValue } from './value.ts'

/** `heirs`: what came back for what was deleted, item by item. */
export function invert(node: Node, touches: readonly Touch[], edit: Edit, heirs: Map<unknown, unknown>): void {
  const { form } = node.plan.type
  if (form === 'text' || form === 'list') invertSequence(node as SequenceNode, touches, edit, heirs)
  else if (form === 'counter' || form === 'boundedCounter') invertCounter(node as CounterNode, touches, edit)
  else invertEntries(node as EntriesNode, touches, edit)
}

function invertEntries(node: EntriesNode, touches: readonly Touch[], edit: Edit): void {
  for (let index = touches.length - 1; index >= 0; index--) {
    const { place, before, after } = touches[index]! as Touch & { place: Place; before: Cell | undefined; after: Cell | undefined }
    const now = node.entries.get(place)
    // A place that another has written since is theirs.
    if (now?.value !== after?.value || (now === undefined) !== (after === undefined)) continue
    const was = before === undefined ? undefined : hasValues(node.plan.type) && !isSet(node.plan.type) ? newest(before, edit.ids).value : before.value
    if (was !== undefined && now !== undefined && sameValue(was, now.value)) continue
    if (was === undefined) drop(node, place, edit)
    else put(node, place, was, edit, !isSet(node.plan.type))
  }
}

function invertCounter(node: CounterNode, touches: readonly Touch[], edit: Edit): void {
  const amount = amountOf(touches)
  if (isBounded(node) && amount > rightsOf(node, 0)) throw new CrdtError('no-rights', `Undoing needs ${amount} rights here; there are ${rightsOf(node, 0)}. They were spent or given away since.`)
  add(node, -amount, edit)
}

function invertSequence(node: SequenceNode, touches: readonly Touch[], edit: Edit, heirs: Map<unknown, unknown>): void {
  const current = (item: Item): Item => {
    let at = item
    while (heirs.has(at)) at = heirs.get(at) as Item
    return at
  }
  let removed = 0
  for (const { place, before, after } of touches) {
    const item = current(place as Item)
    if (before !== undefined || after === GONE || item.value === GONE) continue
    if (removed++ === 0) edit.seq++
    remove(node, item, edit)
  }
  const gone = new Map(touches.filter(({ before, after }) => before !== undefined && after === GONE).map(({ place, before }) => [place as Item, before as Value]))
  // What was deleted comes back as new items behind its tombstones, left to right; where those were collected, behind what stands there now.
  const collected = [...gone.keys()].filter((item) => standing(node, item) !== item).sort((a, b) => a.rank - b.rank)
  const last = new Map<Item | undefined, Item>()
  for (const item of [...collected, ...orderOf(node).filter((one) => gone.has(one))]) {
    const anchor = standing(node, item)
    const at = last.get(anchor) ?? anchor
    insertAfter(node, at === undefined ? -1 : orderOf(node).indexOf(at), [gone.get(item)!], edit)
    const heir = orderOf(node)[(at === undefined ? -1 : orderOf(node).indexOf(at)) + 1]!
    heirs.set(item, heir)
    last.set(anchor, heir)
  }
}
