/** Patches: what touches did to the plain value. */
import type { Patch } from '../ground/types.ts'
import { readNode } from './branch.ts'
import { pathOf, type Node, type Touch } from './node.ts'

/** The movable list or tree that a node is a part of. */
export function wholeOf(node: Node): Node | undefined {
  let whole: Node | undefined
  for (let at: Node | undefined = node; at !== undefined; at = at.parent) if (at.plan.type.read !== undefined) whole = at
  return whole
}

/** Touches of one place in one change become one patch, from the first before to the last after. */
export function patchesOf(touches: readonly Touch[], ids: readonly string[]): Patch[] {
  const merged = new Map<Node, Map<unknown, Touch>>()
  for (const touch of touches) {
    let places = merged.get(touch.node)
    if (places === undefined) merged.set(touch.node, (places = new Map()))
    const first = places.get(touch.place)
    places.set(touch.place, first === undefined ? touch : { ...touch, before: first.before })
  }
  const patches: Patch[] = []
  const wholes = new Set<Node>()
  for (const [node, places] of merged) {
    const whole = wholeOf(node)
    if (whole !== undefined) {
      wholes.add(whole)
      continue
    }
    const path = pathOf(node)
    for (const patch of node.plan.leaf!.patches(node, [...places.values()], path, ids)) patches.push(patch)
  }
  for (const whole of wholes) patches.push({ type: 'replace', path: pathOf(whole), value: readNode(whole, ids) })
  return patches
}
