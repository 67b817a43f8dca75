/**
 * The slow model of trees: the last edge of each node that lives, laid in the order of stamps; what would close a cycle or hang on what is gone stays at home,
 * the place it was made at, or else at the root. It shares no code with the package.
 *
 * Positions among siblings are the package's own affair. What the model knows of them is what writers saw: see Siblings.
 */
export interface Edge {
  readonly node: string
  readonly parent: string | null
  readonly stamp: number
  readonly actor: string
  /** Order among the edges of one change. */
  readonly number: number
}

export interface TreeMessage {
  readonly actor: string
  readonly stamp: number
  readonly edges: Edge[]
  /** Node → what it is, and its home: the parent that it was made under. */
  readonly born: Map<string, { readonly value: string; readonly home: string | null }>
  readonly ended: string[]
}

export const createMessage = (actor: string, heard: Iterable<TreeMessage>, ahead = 0): TreeMessage => ({
  actor, stamp: Math.max(0, ...[...heard].map(({ edges, stamp }) => (edges.length > 0 ? stamp : 0))) + 1 + ahead, edges: [], born: new Map(), ended: [],
})

export interface Laid {
  readonly edge: Edge
  readonly value: string
  readonly parent: string | null
}

/** Where every living node hangs. */
export function layOut(heard: Iterable<TreeMessage>): Map<string, Laid> {
  const messages = [...heard]
  const born = new Map(messages.flatMap((message) => [...message.born]))
  const ended = new Set(messages.flatMap((message) => message.ended))
  const lives = (node: string): boolean => born.has(node) && !ended.has(node)
  const inOrder = messages.flatMap(({ edges }) => edges).sort((a, b) => a.stamp - b.stamp || compare(a.actor, b.actor) || a.number - b.number)
  const last = new Map(inOrder.map((edge) => [edge.node, edge]))

  const laid = new Map<string, Laid>()
  const above = (node: string | null): (string | null)[] => (node === null ? [null] : [node, ...(laid.has(node) ? above(laid.get(node)!.parent) : [])])
  for (const edge of inOrder) {
    if (last.get(edge.node) !== edge || !lives(edge.node)) continue
    const { value, home } = born.get(edge.node)!
    const fits = (parent: string | null): boolean => parent === null || (lives(parent) && !above(parent).includes(edge.node))
    laid.set(edge.node, { edge, value, parent: fits(edge.parent) ? edge.parent : fits(home) ? home : null })
  }
  return laid
}

/** A node as it is shown, without its place among its siblings. */
export interface Hung {
  readonly id: string
  readonly value: string
  readonly parent: string | null
}

interface Shown {
  readonly id: string
  readonly value: string
  readonly children: readonly Shown[]
}

/** In reading order, so children of one parent are in their order. */
export const flatten = (nodes: readonly Shown[], parent: string | null = null): Hung[] => nodes.flatMap(({ id, value, children }) => [{ id, value, parent }, ...flatten(children, id)])

export const byId = (a: Hung, b: Hung): number => compare(a.id, b.id)

/** All nodes that are to be shown, by id. */
export const nodesOf = (heard: Iterable<TreeMessage>): Hung[] => [...layOut(heard)].map(([id, { value, parent }]) => ({ id, value, parent })).sort(byId)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export function insert(message: TreeMessage, node: string, parent: string | null, value: string): Edge {
  message.born.set(node, { value, home: parent })
  return move(message, node, parent)
}

export function move(message: TreeMessage, node: string, parent: string | null): Edge {
  const edge = { node, parent, stamp: message.stamp, actor: message.actor, number: message.edges.length }
  message.edges.push(edge)
  return edge
}

/** A node goes with all that its deleter sees below it. */
export function remove(message: TreeMessage, heard: Iterable<TreeMessage>, node: string): void {
  const laid = layOut(heard)
  const take = (top: string): void => {
    message.ended.push(top)
    for (const [child, { parent }] of laid) if (parent === top) take(child)
  }
  take(node)
}
