/** Conflicts as something to look at: where concurrent values stand, and why a place shows what it shows. */
import type { Contribution, Path, Value } from '../ground/types.ts'
import { leavesOf, readNode, type BranchNode } from './branch.ts'
import { ordered, type EntriesNode, type Place } from './entries.ts'
import { candidates, isSet, shown } from './entries-kind.ts'
import { compareKeys } from './frame.ts'
import { pathOf, type Node } from './node.ts'
import type { Replica } from './replica.ts'
import type { Stamped } from './resolver.ts'
import type { Form } from './schema.ts'

/** A register at which several values stand, of which no writer had seen another. */
export interface Conflict {
  readonly path: Path
  /** What the resolver shows. */
  readonly value: Value | undefined
  /** Oldest stamp first. */
  readonly candidates: readonly Stamped[]
}

/** Why a place shows what it shows. */
export interface Explanation {
  readonly path: Path
  readonly form: Form
  readonly value: unknown
  /** The rule by which the contributions became the value, as a sentence. */
  readonly rule: string
  readonly contributions: readonly Contribution[]
}

/** All registers with several candidates, in the order of their paths. */
export function conflictsIn(replica: Replica): Conflict[] {
  const { ids } = replica.actors
  const found: (Conflict & { readonly path: string[] })[] = []
  for (const leaf of leavesOf(replica.root)) {
    const { form } = leaf.plan.type
    if ((form !== 'register' && form !== 'registerMap') || leaf.plan.isPart) continue
    const { entries } = leaf as EntriesNode
    for (const [place, cell] of entries) {
      if (cell.next === undefined) continue
      found.push({ path: form === 'register' ? pathOf(leaf) : [...pathOf(leaf), place as string], value: shown(cell, leaf.plan, ids), candidates: candidates(cell, ids) })
    }
  }
  return found.sort((a, b) => compareKeys(a.path, b.path))
}

/** The node at a path, and the place in it where the path goes on into a map of registers or a set. */
export function find(replica: Replica, path: Path): { node: Node; place: Place | undefined } {
  let node = replica.root
  for (const [index, segment] of path.entries()) {
    if (node.plan.leaf !== undefined || node.plan.type.read !== undefined) {
      if (index === path.length - 1 && (node.plan.type.form === 'registerMap' || isSet(node.plan.type))) return { node, place: segment }
      break
    }
    const child = (node as BranchNode).children.get(String(segment))
    if (child === undefined) break
    node = child
    if (index === path.length - 1) return { node, place: undefined }
  }
  if (path.length === 0) return { node, place: undefined }
  throw new RangeError(`Nothing is at ${JSON.stringify(path)}. A path is field names and map keys, from the root.`)
}

export function explainAt(replica: Replica, path: Path): Explanation {
  const { ids } = replica.actors
  const { node, place } = find(replica, path)
  const { type } = node.plan
  if (type.form === 'register' || (type.form === 'registerMap' && place !== undefined)) return explainRegister(node as EntriesNode, place ?? '', path, ids)
  if (place !== undefined) {
    const cells = ordered((node as EntriesNode).entries.get(place), ids)
    const value = (readNode(node, ids) as readonly Place[]).includes(place)
    return { path, form: type.form, value, rule: type.rule, contributions: cells.map((cell) => ({ actor: ids[cell.write.actor]!, value: cell.value })) }
  }
  return { path, form: type.form, value: readNode(node, ids), rule: type.rule, contributions: node.plan.leaf?.contributions(node, ids) ?? [] }
}

function explainRegister(node: EntriesNode, place: Place, path: Path, ids: readonly string[]): Explanation {
  const cell = node.entries.get(place)
  const { resolver } = node.plan.type
  const rule = cell === undefined ? 'Nobody has written here, or somebody has cleared it: the initial value.'
    : cell.next === undefined ? 'The one value that no later write has replaced.'
    : `Concurrent values stand; the resolver ${resolver!.name} decides.`
  const contributions = candidates(cell, ids).map(({ value, stamp }) => ({ actor: stamp.node, stamp, value }))
  return { path, form: 'register', value: shown(cell, node.plan, ids), rule, contributions }
}
