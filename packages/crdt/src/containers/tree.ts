/**
 * Trees: nodes that are moved at once by several never make a cycle and never get lost or doubled. (After Kleppmann et al. 2021: A highly-available move operation.)
 *
 * Each node has one register with its parent and its position among its siblings; the last move wins. Moves of which each is fine may make a cycle
 * together. So a reader lays the edges in the order of their stamps, and an edge that would close a cycle is not laid: that node stays under the parent
 * that it was made under, or, if that will not do either, at the root. Every replica reads the same edges, so every one lays the same tree.
 */
import { readNode, type BranchNode } from '../core/branch.ts'
import { compareWrites, newest } from '../core/candidate.ts'
import type { Edit } from '../core/container.ts'
import { between } from '../core/between.ts'
import { drop, put, type Cell, type EntriesNode } from '../core/entries.ts'
import type { Node } from '../core/node.ts'
import { outside } from '../core/outside.ts'
import type { Desk, Type } from '../core/schema.ts'
import type { TreeDraft, TreeNode } from '../ground/drafts.ts'
import { checkIndex, show } from '../ground/options.ts'
import { clearInner, freshToken, innerDraft, innerValue } from './elements.ts'
import { map } from './map.ts'
import { checkType } from './record.ts'
import { register } from './register.ts'
import { set } from './set.ts'

interface Parts {
  /** Node → `[parent or null, position, parent when made]`. */
  readonly edges: EntriesNode
  readonly alive: EntriesNode
  readonly values: Node
}

type Edge = readonly [parent: string | null, position: string, home: string | null]

/** A forged one hangs at the root. */
const edgeOf = ({ value }: Cell): Edge => (Array.isArray(value) ? value : [null, '', null]) as unknown as Edge

const partsOf = (node: Node): Parts => Object.fromEntries((node as BranchNode).children) as unknown as Parts

/** Children by parent (null: the root), each list in order. */
type Layout = Map<string | null, { readonly id: string; readonly position: string }[]>

function layOut({ edges, alive }: Parts, ids: readonly string[]): Layout {
  const cells: { id: string; cell: Cell }[] = []
  for (const [id, cell] of edges.entries) if (alive.entries.has(id)) cells.push({ id: id as string, cell: newest(cell, ids) })
  cells.sort((a, b) => compareWrites(a.cell.write, b.cell.write, ids) || (a.id < b.id ? -1 : 1))
  const parents = new Map<string, string | null>()
  /** Whether `id` may hang there: the parent lives, and the way up from it does not come by `id`. */
  const fits = (id: string, parent: string | null): boolean => {
    if (parent !== null && !alive.entries.has(parent)) return false
    for (let at: string | null | undefined = parent; at !== null && at !== undefined; at = parents.get(at)) if (at === id) return false
    return true
  }
  const layout: Layout = new Map()
  for (const { id, cell } of cells) {
    const [wanted, position, home] = edgeOf(cell)
    const parent = fits(id, wanted) ? wanted : fits(id, home) ? home : null
    parents.set(id, parent)
    const siblings = layout.get(parent)
    if (siblings === undefined) layout.set(parent, [{ id, position }])
    else siblings.push({ id, position })
  }
  for (const siblings of layout.values()) siblings.sort((a, b) => (a.position === b.position ? (a.id < b.id ? -1 : 1) : a.position < b.position ? -1 : 1))
  return layout
}

/** A forest of nodes. What was not deleted is there exactly once, whatever was moved or deleted around it. */
export function tree<V, D>(inner: Type<V, D>): Type<readonly TreeNode<V>[], TreeDraft<V, D>> {
  checkType(inner, 'The inner type of a tree')
  return {
    form: 'tree',
    rule: 'Each node once, where its last move by stamp put it, unless that would close a circle.',
    fields: { edges: map(register<Edge>()), alive: set(), values: map(inner) },
    read(node, ids) {
      const parts = partsOf(node)
      const layout = layOut(parts, ids)
      const build = (parent: string | null): readonly TreeNode<unknown>[] => Object.freeze((layout.get(parent) ?? []).map(({ id }) =>
        Object.freeze({ id, value: innerValue(parts.values, id, inner, ids), children: build(id) })))
      return build(null)
    },
    draft: (node, desk) => treeDraft(node, inner, desk),
  }
}

function treeDraft(node: Node, inner: Type, desk: Desk): TreeDraft<never, never> {
  const parts = partsOf(node)
  const children = (parent: string | null): { readonly id: string; readonly position: string }[] => layOut(parts, desk.ids).get(parent) ?? []
  const living = (id: string | null, what: string): string | null => {
    if (id !== null && !parts.alive.entries.has(id)) throw new RangeError(`${what} ${show(id)} is not in the tree. Take ids from insert() or children().`)
    return id
  }

  function hang(id: string, parent: string | null, index: number, home: string | null, edit: Edit): void {
    const siblings = children(parent).filter((sibling) => sibling.id !== id)
    checkIndex(index, siblings.length, 'The index')
    const edge: Edge = [parent, between(siblings[index - 1]?.position ?? '', siblings[index]?.position), home]
    put(parts.edges, id, edge, edit, true)
  }

  return {
    get value() { return readNode(node, desk.ids) as readonly TreeNode<never>[] },
    children: (parent = null) => children(living(parent, 'The parent')).map(({ id }) => id),
    insert(parent, value, index = children(parent).length) {
      const edit = desk.edit ?? outside()
      living(parent, 'The parent')
      const id = freshToken(desk, edit)
      hang(id, parent, index, parent, edit)
      put(parts.alive, id, true, edit, false)
      innerDraft(parts.values, id, inner, value, desk)
      return id
    },
    get: (id) => innerDraft(parts.values, living(id, 'The node')!, inner, undefined, desk) as never,
    move(id, parent, index = children(parent).filter((child) => child.id !== id).length) {
      const edit = desk.edit ?? outside()
      living(id, 'The node')
      living(parent, 'The parent')
      const layout = layOut(parts, desk.ids)
      const below = (top: string): boolean => top === parent || (layout.get(top) ?? []).some((child) => below(child.id))
      if (below(id)) throw new RangeError(`A node cannot move under itself or its descendants: ${show(id)} under ${show(parent)}.`)
      const [, , home] = edgeOf(newest(parts.edges.entries.get(id)!, desk.ids))
      hang(id, parent, index, home, edit)
    },
    delete(id) {
      const edit = desk.edit ?? outside()
      living(id, 'The node')
      const layout = layOut(parts, desk.ids)
      const remove = (one: string): void => {
        for (const child of layout.get(one) ?? []) remove(child.id)
        drop(parts.alive, one, edit)
        drop(parts.edges, one, edit)
        clearInner(parts.values, one, edit)
      }
      remove(id)
    },
  }
}
