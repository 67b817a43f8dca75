/** The inside of a document, for the other rooms of this package: undo, history, positions and sync need more than its face shows. */
import type { Edit } from './core/container.ts'
import type { Touched } from './core/node.ts'
import type { Replica } from './core/replica.ts'
import type { Desk, Type } from './core/schema.ts'
import type { AnyDoc } from './doc.ts'

/** One change or applied frame, as it stands. */
export interface Step {
  readonly local: boolean
  readonly origin: string | undefined
  readonly touched: readonly Touched[]
  /** The bytes that would tell it to somebody else; made when asked. */
  bytes(): Uint8Array
}

export interface Inside {
  readonly schema: Type
  readonly id: string
  readonly replica: Replica
  readonly desk: Desk
  /** As `change`, below the draft. */
  perform(run: (edit: Edit) => void, origin: string | undefined): Uint8Array | undefined
  /** Takes in what this replica kept itself: without asking the clock, and without a word to anybody. */
  restore(bytes: Uint8Array): void
  /** Called at every step before listeners are. */
  readonly watchers: Set<(step: Step) => void>
}

const insides = new WeakMap<object, Inside>()

export const setInside = (doc: object, inside: Inside): void => void insides.set(doc, inside)

export function insideOf(doc: AnyDoc): Inside {
  const inside = insides.get(doc)
  if (inside === undefined) throw new TypeError('This takes a document of createDoc() or loadDoc().')
  return inside
}
