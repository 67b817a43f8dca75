/** Versions: a causal context as plain data with ids, to be kept, sent and compared. */
import { MAX_SEQUENCE } from '../ground/defaults.ts'
import { show } from '../ground/options.ts'
import type { VersionVector } from '../ground/types.ts'
import { createContext, headOf, include, type Context } from './context.ts'

export function versionOf(context: Context, ids: readonly string[]): VersionVector {
  const version: Record<string, number | readonly number[]> = {}
  for (const [actor, bounds] of context.entries()) {
    const head = headOf(bounds)
    // Bounds are where runs begin and where they have ended; a version names their last numbers.
    const above = bounds.slice(head > 0 ? 2 : 0).map((bound, index) => bound - (index % 2))
    if (bounds.length > 0) version[ids[actor]!] = above.length > 0 ? [head, ...above] : head
  }
  return version
}

/** What an actor's entry says is known without a gap. */
export const headIn = (entry: VersionVector[string] | undefined): number => (typeof entry === 'object' ? entry[0]! : entry ?? 0)

/** One entry as intervals, lowest first. */
export function spansOfEntry(entry: VersionVector[string]): (readonly [from: number, to: number])[] {
  if (typeof entry === 'number') return entry === 0 ? [] : [[1, entry]]
  const spans: (readonly [number, number])[] = entry[0] === 0 ? [] : [[1, entry[0]!]]
  for (let index = 1; index < entry.length; index += 2) spans.push([entry[index]!, entry[index + 1]!])
  return spans
}

/** Whether a value from outside is one actor's entry: a count, or a count and pairs that rise and leave holes between them. */
export function isEntry(value: unknown): value is VersionVector[string] {
  const isSeq = (seq: unknown): boolean => Number.isInteger(seq) && (seq as number) >= 0 && (seq as number) <= MAX_SEQUENCE
  if (!Array.isArray(value)) return isSeq(value)
  return value.length >= 3 && value.length % 2 === 1 && value.every(isSeq)
    && value.every((seq: number, index) => index === 0 || (index % 2 === 1 ? seq > (value[index - 1] as number) + 1 : seq >= (value[index - 1] as number)))
}

/** The part of a version that concerns known actors, as a context of local indices. Throws `TypeError` for what is no version. */
export function contextOfVersion(version: VersionVector, indices: ReadonlyMap<string, number>, where: string): Context {
  if (typeof version !== 'object' || version === null) throw new TypeError(`${where} takes a version, as version() gives it; got ${show(version)}.`)
  const context = createContext()
  for (const [id, entry] of Object.entries(version)) {
    if (!isEntry(entry)) throw new TypeError(`A version maps actors to whole numbers, or to lists of them; got ${Array.isArray(entry) ? JSON.stringify(entry) : show(entry)} for ${show(id)}.`)
    const actor = indices.get(id)
    if (actor !== undefined) for (const [from, to] of spansOfEntry(entry)) include(context, actor, from, to)
  }
  return context
}

/** What is in either. */
export function joinVersions(a: VersionVector, b: VersionVector): VersionVector {
  const joined: Record<string, VersionVector[string]> = { ...a }
  for (const [actor, entry] of Object.entries(b)) {
    const context = createContext()
    for (const one of [entry, a[actor] ?? 0]) for (const [from, to] of spansOfEntry(one)) include(context, 0, from, to)
    joined[actor] = versionOf(context, [actor])[actor] ?? 0
  }
  return joined
}

/** Whether all of `part` is in `whole`. */
export function covers(whole: VersionVector, part: VersionVector): boolean {
  return Object.entries(part).every(([actor, entry]) => {
    const known = spansOfEntry(Object.hasOwn(whole, actor) ? whole[actor]! : 0)
    return spansOfEntry(entry).every(([from, to]) => known.some(([low, high]) => low <= from && to <= high))
  })
}
