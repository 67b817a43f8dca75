/** Branches: records and maps of containers. They hold nodes and no data, so they need no table: the keys of their leaves say that they exist. */
import type { Edit } from './container.ts'
import { markStale, STALE, type Node } from './node.ts'
import type { Plan } from './plan.ts'
import { setKey } from './value.ts'

export interface BranchNode extends Node {
  readonly children: Map<string, Node>
}

export function createNode(plan: Plan, parent: Node | undefined, segment: string): Node {
  if (plan.leaf !== undefined) return plan.leaf.create(plan, parent, segment)
  const node: BranchNode = { plan, parent, segment, cache: STALE, children: new Map() }
  for (const [name, inner] of plan.fields) node.children.set(name, createNode(inner, node, name))
  return node
}

/** The node at a plan under the given map keys; made on demand when `create` is set. */
export function nodeAt(root: Node, plan: Plan, keys: readonly string[], create: boolean): Node | undefined {
  if (plan.parent === undefined) return root
  const parent = nodeAt(root, plan.parent, plan.name === undefined ? keys.slice(0, -1) : keys, create) as BranchNode | undefined
  if (parent === undefined) return undefined
  const segment = plan.name ?? keys.at(-1)!
  return create ? childAt(parent, plan, segment) : parent.children.get(segment)
}

/** The child under a segment, made when it is not there yet. An empty node is invisible and is never sent. */
export function childAt(parent: BranchNode, plan: Plan, segment: string): Node {
  let child = parent.children.get(segment)
  if (child === undefined) {
    parent.children.set(segment, (child = createNode(plan, parent, segment)))
    // The newcomer has never been read, so from here on its parent is no longer fresh either.
    markStale(parent)
  }
  return child
}

/** The map keys on the way from the root to a node, outermost first. */
export function keysOf(node: Node): string[] {
  const keys: string[] = []
  for (let at: Node = node; at.parent !== undefined; at = at.parent) if (at.plan.name === undefined) keys.push(at.segment)
  return keys.reverse()
}

export function* leavesOf(node: Node): Generator<Node> {
  if (node.plan.leaf !== undefined) yield node
  else for (const child of (node as BranchNode).children.values()) yield* leavesOf(child)
}

export function isEmpty(node: Node): boolean {
  if (node.plan.type.read !== undefined) return isEmpty((node as BranchNode).children.get('alive')!)
  if (node.plan.leaf !== undefined) return node.plan.leaf.empty(node)
  for (const child of (node as BranchNode).children.values()) if (!isEmpty(child)) return false
  return true
}

export function clearNode(node: Node, edit: Edit): void {
  for (const leaf of leavesOf(node)) leaf.plan.leaf!.clear(leaf, edit)
}

/** The plain value of a node; what has not changed since the last read is the same object. */
export function readNode(node: Node, ids: readonly string[]): unknown {
  if (node.cache === STALE) node.cache = build(node, ids)
  return node.cache
}

/** Children by segment: what a reader sees must not depend on which key came first here. */
export const inOrder = ({ children }: BranchNode): [segment: string, child: Node][] => [...children].sort(([a], [b]) => (a < b ? -1 : 1))

function build(node: Node, ids: readonly string[]): unknown {
  if (node.plan.leaf !== undefined) return node.plan.leaf.read(node, ids)
  if (node.plan.type.read !== undefined) return node.plan.type.read(node, ids)
  const result = {}
  for (const [segment, child] of inOrder(node as BranchNode)) {
    const value = readNode(child, ids)
    if (node.plan.type.form === 'record' || !isEmpty(child)) setKey(result, segment, value)
  }
  return Object.freeze(result)
}
