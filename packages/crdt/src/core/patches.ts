/** Patches: what touches did to the plain value. */
import type { Patch } from '../ground/types.ts'
import { readNode } from './branch.ts'
import { pathOf, type Node, type Touched } from './node.ts'

/** The outermost movable list or tree that a node is a part of. */
function wholeOf(node: Node): Node {
  let whole = node
  while (whole.plan.isPart) whole = whole.parent!
  return whole
}

export function patchesOf(touched: readonly Touched[], ids: readonly string[]): Patch[] {
  const patches: Patch[] = []
  const wholes = new Set<Node>()
  for (const { node, touches } of touched) {
    if (node.plan.isPart) wholes.add(wholeOf(node))
    else for (const patch of node.plan.leaf!.patches(node, touches, pathOf(node), ids)) patches.push(patch)
  }
  for (const whole of wholes) patches.push({ type: 'replace', path: pathOf(whole), value: readNode(whole, ids) })
  return patches
}
