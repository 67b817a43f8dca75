/**
 * Text and lists: the containers alone, and positions that move with what they stand beside.
 * @module
 */
import { find } from './core/conflicts.ts'
import { indexAt, positionAt, type Position } from './core/position.ts'
import { lengthOf, type SequenceNode } from './core/sequence.ts'
import type { AnyDoc } from './doc.ts'
import { checkIndex } from './ground/options.ts'
import type { Path } from './ground/types.ts'
import { insideOf } from './inside.ts'

export { list, text } from './containers/sequence.ts'
export type { Position } from './core/position.ts'
export type { ListDraft, TextDraft } from './ground/drafts.ts'

/** A position at an index of the text or list at a path. `side` says what it clings to; default: what is on its left. Plain data, to be kept or sent. */
export function createPosition(doc: AnyDoc, path: Path, index: number, side: Position['side'] = 'after'): Position {
  const node = sequenceAt(doc, path)
  return positionAt(node, checkIndex(index, lengthOf(node), 'The index'), side, insideOf(doc).replica.actors.ids)
}

/** Where a position is now; undefined when what it stands beside has not arrived here. */
export function indexOfPosition(doc: AnyDoc, path: Path, position: Position): number | undefined {
  return indexAt(sequenceAt(doc, path), position, (actor) => insideOf(doc).replica.actors.indices.get(actor))
}

function sequenceAt(doc: AnyDoc, path: Path): SequenceNode {
  const { node } = find(insideOf(doc).replica, path)
  const { form } = node.plan.type
  if (form !== 'text' && form !== 'list') throw new TypeError(`Positions are in texts and lists; at ${JSON.stringify(path)} is a ${form}.`)
  return node as SequenceNode
}
