/** Patches: what touches did to the plain value. */
import type { Patch } from '../ground/types.ts'
import { readNode } from './branch.ts'
import { pathOf, type Node, type Trail } from './node.ts'
import { touchesOf } from './trail.ts'

/** The outermost movable list or tree that a node is a part of. */
function wholeOf(node: Node): Node {
  let whole = node
  while (whole.plan.isPart) whole = whole.parent!
  return whole
}

/** Touches of one place in one change become one patch, from the first before to the last after. */
export function patchesOf(trails: Iterable<Trail>, ids: readonly string[]): Patch[] {
  const patches: Patch[] = []
  const wholes = new Set<Node>()
  for (const trail of trails) {
    const { node } = trail
    if (node.plan.isPart) wholes.add(wholeOf(node))
    else for (const patch of node.plan.leaf!.patches(node, touchesOf(trail), pathOf(node), ids)) patches.push(patch)
  }
  for (const whole of wholes) patches.push({ type: 'replace', path: pathOf(whole), value: readNode(whole, ids) })
  return patches
}
