/**
 * Undo and redo of what was done here, and only here: what others have written since stays.
 *
 * An undo is a new change that does the opposite, with operations of its own, so it travels like any other. A value comes back only where nobody has
 * written since; deleted text comes back as new text beside its tombstones.
 * @module
 */
import { invert } from './core/invert.ts'
import type { Touched } from './core/node.ts'
import type { Edit } from './core/container.ts'
import { patchesOf } from './core/patches.ts'
import type { AnyDoc } from './doc.ts'
import { insideOf, type Step } from './inside.ts'
import { checkOptions, show } from './ground/options.ts'

export interface UndoOptions {
  /** Changes that can be undone, 1 to 100 000. Default 100; the oldest are forgotten. */
  readonly limit?: number
  /** Only changes with one of these origins (undefined: no origin). Default: all local changes. */
  readonly origins?: readonly (string | undefined)[]
}

export interface Undo extends Disposable {
  readonly canUndo: boolean
  readonly canRedo: boolean
  /** Undoes the last change that is not undone; the delta for the others, or undefined when there was nothing to do. */
  undo(): Uint8Array | undefined
  redo(): Uint8Array | undefined
}

/** Follows a document from now on. */
export function createUndo(doc: AnyDoc, options: UndoOptions = {}): Undo {
  checkOptions(options, ['limit', 'origins'], 'createUndo')
  const { limit = 100, origins } = options
  if (!Number.isInteger(limit) || limit < 1 || limit > 100_000) throw new RangeError(`limit is a whole number from 1 to 100000; got ${show(limit)}.`)
  const inside = insideOf(doc)
  const done: (readonly Touched[])[] = []
  let undone: (readonly Touched[])[] = []
  const heirs = new Map<unknown, unknown>()
  let own: 'undo' | 'redo' | undefined

  function watch({ local, origin, touched }: Step): void {
    if (!local || (own === undefined && patchesOf(touched, inside.replica.actors.ids).length === 0)) return
    if (own === 'undo') undone.push(touched)
    else if (own === 'redo' || origins === undefined || origins.includes(origin)) {
      done.push(touched)
      if (own === undefined) undone = []
      if (done.length > limit) done.shift()
      if (done.length === 0 && undone.length === 0) heirs.clear()
    }
  }

  function invert(from: (readonly Touched[])[], kind: 'undo' | 'redo'): Uint8Array | undefined {
    own = kind
    try {
      // A change of which nothing is left to invert is passed over, so that every step is seen.
      for (let touched = from.at(-1); touched !== undefined; touched = from.at(-1)) {
        const last = touched
        const bytes = inside.perform((edit) => invertAll(last, edit, heirs), kind)
        from.splice(from.lastIndexOf(last), 1)
        if (bytes !== undefined) return bytes
      }
      return undefined
    } finally {
      own = undefined
    }
  }

  inside.watchers.add(watch)
  return {
    get canUndo() { return done.length > 0 },
    get canRedo() { return undone.length > 0 },
    undo: () => invert(done, 'undo'),
    redo: () => invert(undone, 'redo'),
    [Symbol.dispose]: () => void inside.watchers.delete(watch),
  }
}

/** The last container first: what was filled last is emptied first. */
function invertAll(touched: readonly Touched[], edit: Edit, heirs: Map<unknown, unknown>): void {
  for (const { node, touches } of touched.toReversed()) invert(node, touches, edit, heirs)
}
