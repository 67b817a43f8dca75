/**
 * Collection in sequences: tombstones go, and what is left is laid flat.
 *
 * Everybody has the items of the cut, and so the same tree of them. Those that stay become a row at the beginning, ranked by where they stood. An item beyond the
 * cut is known to some only; it keeps hanging on others like it, and where it hung on an item of the cut it is given a rank and a port of its own: the gap between
 * two items of the cut in which it stood, and the place in that gap which is due to what it hung on. Both follow from the cut's tree alone, so it does not matter
 * whether a replica lays an item before it sends it or after it has received it.
 *
 * The ports of a gap, in reading order: first what hangs to the right of something, the nearest first; then what hangs to the left, the farthest first. In both
 * cases that is by falling position of what it hangs on.
 */
import { dotOf, type Seen } from './context.ts'
import { GONE, orderOf, type Item, type SequenceNode } from './sequence.ts'

export function garbage(node: SequenceNode, tell: (actor: number, seq: number) => void): void {
  for (const item of node.items.values()) if (item.value === GONE) tell(item.actor, item.seq)
}

/**
 * Whether the cut can be laid. What an item of the cut hangs on must be in the cut: a tombstone may be here that was only heard of through its deletion. And an
 * item beyond the cut must not have been laid by an earlier collection: its place among others like it would not be kept twice.
 */
export function settled(node: SequenceNode, cut: Seen): boolean {
  for (const { actor, seq, parent, rank, port } of node.items.values()) {
    if (cut(actor, seq) ? parent !== undefined && !cut(parent.actor, parent.seq) : rank > 0 || port > 0) return false
  }
  return true
}

export function collect(node: SequenceNode, isGarbage: Seen, cut: Seen): void {
  const order = orderOf(node)
  const base = order.filter((item) => cut(item.actor, item.seq))
  const positions = new Map(base.map((item, index) => [item, index + 1]))
  const roots: Item[] = []
  let gap = 0
  let survivor: Item | undefined
  for (const item of order) {
    const position = positions.get(item)
    if (position !== undefined) {
      gap = position
      lay(item, position, 0)
      item.before.length = item.after.length = 0
      if (item.value === GONE && isGarbage(item.actor, item.seq)) {
        item.anchor = survivor
        node.items.delete(dotOf(item.actor, item.seq))
        continue
      }
      roots.push(item)
    } else if (item.parent === undefined || positions.has(item.parent)) {
      const hung = item.parent === undefined ? 0 : positions.get(item.parent)!
      lay(item, gap, item.right ? 1 + gap - hung : 2 + 2 * base.length - hung)
      roots.push(item)
    }
    survivor = item
  }
  node.roots.splice(0, node.roots.length, ...roots)
  node.order = undefined
}

function lay(item: Item, rank: number, port: number): void {
  item.parent = undefined
  item.right = true
  item.rank = rank
  item.port = port
}

/** An item, or what stands where it stood before it was collected; undefined for the beginning. */
export function standing(node: SequenceNode, item: Item | undefined): Item | undefined {
  let at = item
  while (at !== undefined && node.items.get(dotOf(at.actor, at.seq)) !== at) at = at.anchor
  return at
}
