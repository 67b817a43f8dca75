/**
 * Where the nodes of a tree hang. Each node has an edge: the parent that its last move wants, a position among the siblings, and the parent that it was made under.
 *
 * Moves of which each is fine may make a cycle together. So the edges are laid in the order of their stamps, and one that would close a cycle, or whose parent is gone, is not laid: its node
 * stays under the parent that it was made under or, if that will not do either, at the root. Every replica has the same edges, so every one lays the same tree.
 * Mostly there is nothing to decide: all edges as they are wanted make a tree, whatever their order. Then one more move that is fine by itself lies as it is wanted too,
 * and the layout follows it in place.
 */
import { checkedPosition } from '../core/between.ts'
import { compareCandidates, newest } from '../core/candidate.ts'
import type { Cell, EntriesNode } from '../core/entries.ts'
import { STALE } from '../core/node.ts'
import { MAX_TREE_DEPTH } from '../ground/defaults.ts'

export interface TreeParts {
  /** Node → `[parent or null, position, parent when made]`. */
  readonly edges: EntriesNode
  readonly alive: EntriesNode
}

export type Edge = readonly [parent: string | null, position: string, home: string | null]

export interface Child {
  readonly id: string
  readonly position: string
}

export interface Layout {
  /** null: a root. */
  readonly parents: Map<string, string | null>
  /** By parent, each list in order. */
  readonly children: Map<string | null, Child[]>
  /** Whether each edge lies as it is wanted. */
  readonly isPlain: boolean
}

/** A forged one hangs at the root. */
export function edgeOf({ value }: Cell): Edge {
  const [parent, position, home] = Array.isArray(value) ? value : []
  return [idOf(parent), checkedPosition(position), idOf(home)]
}

const idOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** Kept where the plain values of edges and of lives would be, which nobody asks for: any change of them makes it stale. */
export function layoutOf({ edges, alive }: TreeParts, ids: readonly string[]): Layout {
  if (edges.cache === STALE || edges.cache !== alive.cache) edges.cache = alive.cache = layOut({ edges, alive }, ids)
  return edges.cache as Layout
}

/** Follows a local move or deletion, after it stands. */
export function follow({ edges, alive }: TreeParts, layout: Layout, change: (layout: Layout) => void): void {
  if (!layout.isPlain) return
  change(layout)
  edges.cache = alive.cache = layout
}

export function hangUp({ parents, children }: Layout, id: string, parent: string | null, index: number, position: string): void {
  parents.set(id, parent)
  const siblings = children.get(parent)
  if (siblings === undefined) children.set(parent, [{ id, position }])
  else siblings.splice(index, 0, { id, position })
}

export function takeDown({ parents, children }: Layout, id: string): void {
  const siblings = children.get(parents.get(id) ?? null)!
  siblings.splice(siblings.findIndex((sibling) => sibling.id === id), 1)
  parents.delete(id)
}

interface Wish {
  readonly id: string
  readonly cell: Cell
  readonly edge: Edge
}

function layOut({ edges, alive }: TreeParts, ids: readonly string[]): Layout {
  const wishes: Wish[] = []
  for (const [id, list] of edges.entries) {
    if (!alive.entries.has(id)) continue
    const cell = newest(list, ids)
    wishes.push({ id: id as string, cell, edge: edgeOf(cell) })
  }
  const wanted = new Map(wishes.map(({ id, edge: [parent] }) => [id, parent]))
  const isTree = wishes.every(({ edge: [parent] }) => parent === null || wanted.has(parent)) && !hasCycle(wanted)
  const parents = isTree ? wanted : settle(wishes.sort((a, b) => compareCandidates(a.cell, b.cell, ids)), wanted)
  const children = new Map<string | null, Child[]>()
  for (const { id, edge: [, position] } of wishes) {
    const siblings = children.get(parents.get(id)!)
    if (siblings === undefined) children.set(parents.get(id)!, [{ id, position }])
    else siblings.push({ id, position })
  }
  const isShallow = bringUp(parents, children)
  for (const siblings of children.values()) siblings.sort((a, b) => (a.position === b.position ? (a.id < b.id ? -1 : 1) : a.position < b.position ? -1 : 1))
  return { parents, children, isPlain: isTree && isShallow }
}

/** Whether somebody is above itself. Each way up is walked once. */
function hasCycle(parents: ReadonlyMap<string, string | null>): boolean {
  const walks = new Map<string, string>()
  for (const start of parents.keys()) {
    let at: string | null | undefined = start
    for (; typeof at === 'string' && !walks.has(at); at = parents.get(at)) walks.set(at, start)
    if (typeof at === 'string' && walks.get(at) === start) return true
  }
  return false
}

/** One edge after the other, oldest first. */
function settle(wishes: readonly Wish[], all: ReadonlyMap<string, unknown>): Map<string, string | null> {
  const parents = new Map<string, string | null>()
  /** Whether the parent lives, and the way up from it is not too long and does not come by `id`. */
  const fits = (id: string, parent: string | null): boolean => {
    if (parent !== null && !all.has(parent)) return false
    let levels = 0
    for (let at: string | null | undefined = parent; at !== null && at !== undefined; at = parents.get(at)) if (at === id || ++levels > MAX_TREE_DEPTH) return false
    return true
  }
  for (const { id, edge: [wanted, , home] } of wishes) parents.set(id, fits(id, wanted) ? wanted : fits(id, home) ? home : null)
  return parents
}

/** What hangs too deep, which takes moves that were made at once or a forger, comes to the root with what is under it. Whether nothing did. */
function bringUp(parents: Map<string, string | null>, children: Map<string | null, Child[]>): boolean {
  const roots = children.get(null) ?? []
  const before = roots.length
  let level = [...roots]
  for (let depth = 1; level.length > 0; depth++) {
    const next = level.flatMap(({ id }) => children.get(id) ?? [])
    if (depth % MAX_TREE_DEPTH === 0) {
      for (const { id } of level) children.delete(id)
      for (const { id } of next) parents.set(id, null)
      for (const child of next) roots.push(child)
    }
    level = next
  }
  return roots.length === before
}
