/** Trees: nodes that are moved at once by several never make a cycle and never get lost or doubled. (After Kleppmann et al. 2021: A highly-available move operation.) */
import { between } from '../core/between.ts'
import { readNode, type BranchNode } from '../core/branch.ts'
import { newest } from '../core/candidate.ts'
import { drop, put } from '../core/entries.ts'
import type { Node } from '../core/node.ts'
import { outside } from '../core/outside.ts'
import type { Desk, Type } from '../core/schema.ts'
import { MAX_TREE_DEPTH } from '../ground/defaults.ts'
import type { TreeDraft, TreeNode } from '../ground/drafts.ts'
import { checkIndex, show } from '../ground/options.ts'
import { clearInner, freshToken, innerDraft, innerValue } from './elements.ts'
import { map } from './map.ts'
import { checkType } from './record.ts'
import { register } from './register.ts'
import { set } from './set.ts'
import { edgeOf, follow, hangUp, layoutOf, takeDown, type Child, type Edge, type Layout, type TreeParts } from './tree-layout.ts'

interface Parts extends TreeParts {
  readonly values: Node
}

const partsOf = (node: Node): Parts => Object.fromEntries((node as BranchNode).children) as unknown as Parts

/** A forest of nodes. What was not deleted is there exactly once, whatever was moved or deleted around it. */
export function tree<V, D>(inner: Type<V, D>): Type<readonly TreeNode<V>[], TreeDraft<V, D>> {
  checkType(inner, 'The inner type of a tree')
  return {
    form: 'tree',
    rule: 'Each node once, where its last move by stamp put it, unless that would close a cycle.',
    fields: { edges: map(register<Edge>()), alive: set(), values: map(inner) },
    read(node, ids) {
      const parts = partsOf(node)
      const { children } = layoutOf(parts, ids)
      const build = (parent: string | null): readonly TreeNode<unknown>[] => Object.freeze((children.get(parent) ?? []).map(({ id }) =>
        Object.freeze({ id, value: innerValue(parts.values, id, inner, ids), children: build(id) })))
      return build(null)
    },
    draft: (node, desk) => treeDraft(node, inner, desk),
  }
}

function treeDraft(node: Node, inner: Type, desk: Desk): TreeDraft<never, never> {
  const parts = partsOf(node)
  const layout = (): Layout => layoutOf(parts, desk.ids)
  const childrenOf = (parent: string | null): readonly Child[] => layout().children.get(parent) ?? []
  const living = (id: string | null, what: string): string | null => {
    if (id !== null && !layout().parents.has(id)) throw new RangeError(`${what} ${show(id)} is not in the tree. Take ids from insert() or children().`)
    return id
  }

  /** The way up from a node, itself first. */
  function wayUp(id: string | null): string[] {
    const way: string[] = []
    for (let at: string | null | undefined = id; at !== null && at !== undefined; at = layout().parents.get(at)) way.push(at)
    return way
  }

  function levelsUnder(id: string): number {
    let levels = 0
    for (let level = childrenOf(id); level.length > 0; level = level.flatMap((child) => childrenOf(child.id))) levels++
    return levels
  }

  function checkLevels(parent: string | null, levels: number): void {
    if (wayUp(parent).length + levels > MAX_TREE_DEPTH) throw new RangeError(`A tree is at most ${MAX_TREE_DEPTH} levels deep; this would go further.`)
  }

  /** The edge by which a node comes to an index among the others there. */
  function edgeTo(parent: string | null, others: readonly Child[], index: number, home: string | null, token: string): Edge {
    checkIndex(index, others.length, 'The index')
    return [parent, between(others[index - 1]?.position, others[index]?.position, token), home]
  }

  return {
    get value() { return readNode(node, desk.ids) as readonly TreeNode<never>[] },
    children: (parent = null) => childrenOf(living(parent, 'The parent')).map(({ id }) => id),
    insert(parent, value, index = childrenOf(parent).length) {
      const edit = desk.edit ?? outside()
      living(parent, 'The parent')
      checkLevels(parent, 1)
      const id = freshToken(desk, edit)
      const edge = edgeTo(parent, childrenOf(parent), index, parent, id)
      const before = layout()
      innerDraft(parts.values, id, inner, value, desk)
      put(parts.edges, id, edge, edit, true)
      put(parts.alive, id, true, edit, false)
      follow(parts, before, (now) => hangUp(now, id, parent, index, edge[1]))
      return id
    },
    get: (id) => innerDraft(parts.values, living(id, 'The node')!, inner, undefined, desk) as never,
    move(id, parent, index = childrenOf(parent).filter((child) => child.id !== id).length) {
      const edit = desk.edit ?? outside()
      living(id, 'The node')
      living(parent, 'The parent')
      if (wayUp(parent).includes(id)) throw new RangeError(`A node cannot move under itself or its descendants: ${show(id)} under ${show(parent)}.`)
      checkLevels(parent, 1 + levelsUnder(id))
      const [, , home] = edgeOf(newest(parts.edges.entries.get(id)!, desk.ids))
      const edge = edgeTo(parent, childrenOf(parent).filter((child) => child.id !== id), index, home, freshToken(desk, edit))
      const before = layout()
      put(parts.edges, id, edge, edit, true)
      follow(parts, before, (now) => {
        takeDown(now, id)
        hangUp(now, id, parent, index, edge[1])
      })
    },
    delete(id) {
      const edit = desk.edit ?? outside()
      living(id, 'The node')
      const before = layout()
      const gone = [id]
      for (const one of gone) for (const child of before.children.get(one) ?? []) gone.push(child.id)
      for (const one of gone) {
        drop(parts.alive, one, edit)
        drop(parts.edges, one, edit)
        clearInner(parts.values, one, edit)
      }
      follow(parts, before, (now) => {
        takeDown(now, id)
        for (const one of gone) {
          now.parents.delete(one)
          now.children.delete(one)
        }
      })
    },
  }
}
