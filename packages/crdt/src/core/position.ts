/** Relative positions: a cursor that stays where it is between the same characters while others type. */
import { corrupt } from '../ground/errors.ts'
import { dotOf } from './context.ts'
import { locate, orderOf, unitsOf, type SequenceNode } from './sequence.ts'

/** Plain data: beside which item, and on which of its sides. An empty `actor` stands for the beginning (`after`) or the end (`before`). */
export interface Position {
  readonly actor: string
  readonly seq: number
  /** `after`: stays behind the item on its left. `before`: stays in front of the item on its right. */
  readonly side: 'after' | 'before'
}

export function positionAt(node: SequenceNode, index: number, side: Position['side'], ids: readonly string[]): Position {
  const at = locate(node, index)
  const order = orderOf(node)
  const item = side === 'after' ? order[at] : order.slice(at + 1).find((one) => unitsOf(node, one) > 0)
  return item === undefined ? { actor: '', seq: 0, side } : { actor: ids[item.actor]!, seq: item.seq, side }
}

/** The index now; undefined when the item has not arrived here. A deleted item stands where it stood. */
export function indexAt(node: SequenceNode, position: Position, indexOf: (actor: string) => number | undefined): number | undefined {
  if (typeof position?.actor !== 'string' || !Number.isInteger(position.seq) || (position.side !== 'after' && position.side !== 'before')) throw corrupt('they are no position')
  const actor = position.actor === '' ? undefined : indexOf(position.actor)
  const wanted = actor === undefined ? undefined : node.items.get(dotOf(actor, position.seq))
  if (position.actor !== '' && wanted === undefined) return undefined
  if (position.actor === '' && position.side === 'after') return 0
  let index = 0
  for (const item of orderOf(node)) {
    if (item === wanted) return position.side === 'after' ? index + unitsOf(node, item) : index
    index += unitsOf(node, item)
  }
  return index
}
