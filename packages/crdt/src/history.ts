/**
 * History: a document as it was at an earlier version, what lies between two versions, and branches.
 *
 * A document forgets what was overwritten; a history remembers the changes since it was begun, up to a bound, over the state at its beginning.
 * @module
 */
import { sameValue } from './core/value.ts'
import type { Type, ValueOf } from './core/schema.ts'
import type { Doc, DocOptions } from './doc.ts'
import { loadDoc } from './document.ts'
import { CrdtError } from './ground/errors.ts'
import { checkOptions, show } from './ground/options.ts'
import type { VersionVector } from './ground/types.ts'
import { insideOf, type Step } from './inside.ts'

export interface HistoryOptions {
  /** Bytes of changes that are kept, 1 to 2^31. Default 4 MiB; beyond it the oldest are folded into the beginning. */
  readonly limitBytes?: number
}

export interface History<T extends Type> extends Disposable {
  /** The version at the beginning and after each change since, oldest first. */
  readonly versions: readonly VersionVector[]
  /** The plain value at a version. Throws `CrdtError` with code `gap` for one that is forgotten or was never here. */
  at(version: VersionVector): ValueOf<T>
  /** Where the plain values of two versions differ. */
  diff(from: VersionVector, to: VersionVector): readonly Difference[]
}

export interface Difference {
  readonly path: readonly string[]
  /** Undefined where there was nothing. */
  readonly before: unknown
  readonly after: unknown
}

/** Follows a document from now on. */
export function createHistory<T extends Type>(doc: Doc<T>, options: HistoryOptions = {}): History<T> {
  checkOptions(options, ['limitBytes'], 'createHistory')
  const { limitBytes = 4 * 1024 * 1024 } = options
  if (!Number.isInteger(limitBytes) || limitBytes < 1 || limitBytes > 2 ** 31) throw new RangeError(`limitBytes is a whole number from 1 to 2^31; got ${show(limitBytes)}.`)
  const inside = insideOf(doc)
  let base = doc.save()
  let baseVersion = doc.version()
  const steps: { readonly bytes: Uint8Array; readonly version: VersionVector }[] = []
  let size = 0

  /** A reader takes any name: it never writes. The name must only not be in use. */
  const open = (bytes: Uint8Array): Doc<T> => reopen(doc, bytes, `reader of ${doc.actor}`.slice(0, 64))

  function watch(step: Step): void {
    const bytes = step.bytes().slice()
    steps.push({ bytes, version: doc.version() })
    size += bytes.length
    if (size <= limitBytes) return
    // Half at a time: folding costs a load of the state, so it must be rare.
    const reader = open(base)
    while (size > limitBytes / 2 && steps.length > 0) {
      const oldest = steps.shift()!
      reader.apply(oldest.bytes)
      baseVersion = oldest.version
      size -= oldest.bytes.length
    }
    base = reader.save()
  }

  function at(version: VersionVector): ValueOf<T> {
    const index = sameValue(version, baseVersion) ? -1 : steps.findIndex((step) => sameValue(step.version, version))
    if (index === -1 && !sameValue(version, baseVersion)) {
      throw new CrdtError('gap', `The version ${JSON.stringify(version)} is not in this history. Take one of \`versions\`, or keep more with \`limitBytes\`.`)
    }
    const reader = open(base)
    for (const { bytes } of steps.slice(0, index + 1)) reader.apply(bytes)
    return reader.value
  }

  inside.watchers.add(watch)
  return {
    get versions() { return [baseVersion, ...steps.map(({ version }) => version)] },
    at,
    diff(from, to) {
      const found: Difference[] = []
      compare([], at(from), at(to), found)
      return found
    },
    [Symbol.dispose]: () => void inside.watchers.delete(watch),
  }
}

/** A branch: the same document under another actor, free to differ; `apply(branch.save())` brings it back. */
export function fork<T extends Type>(doc: Doc<T>, options: DocOptions): Doc<T> {
  if (options.actor === doc.actor) throw new TypeError(`A branch needs an actor of its own; got ${show(options.actor)}, which is the document's.`)
  return reopen(doc, doc.save(), options.actor, options)
}

function reopen<T extends Type>(doc: Doc<T>, bytes: Uint8Array, actor: string, options: Partial<DocOptions> = {}): Doc<T> {
  const { schema, id } = insideOf(doc)
  return loadDoc(schema as T, bytes, { id, ...options, actor })
}

function compare(path: readonly string[], before: unknown, after: unknown, found: Difference[]): void {
  if (sameValue(before, after)) return
  if (!isRecord(before) || !isRecord(after)) {
    found.push({ path, before, after })
    return
  }
  for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()) {
    const [was, is] = [before, after].map((side) => (Object.hasOwn(side, key) ? side[key] : undefined))
    compare([...path, key], was, is, found)
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
