/**
 * Range-based set reconciliation: two replicas that know of very many actors find where they differ without telling each other all that they know.
 *
 * What is known is a sorted list of actors, each with its operations, gaps included. One side sends fingerprints of ranges of it; the other passes over those that are
 * the same for it, halves (into sixteen) those that are not, and lists those that are small. After log16(actors) turns both know every difference, and nothing
 * else was sent. (Meyer 2022: Range-based set reconciliation; negentropy.)
 */
import type { VersionVector } from '../ground/types.ts'
import { fingerprint } from './codec/checksum.ts'
import { isEntry } from './version.ts'

type Entry = readonly [actor: string, entry: VersionVector[string]]

/** A range of actor ids, from where the one before it ends. */
export interface Range {
  /** The first id that is beyond it; null: none is. */
  readonly end: string | null
  /** `same`: as you said. `print`: is it the same for you? `tell`: this is what I know, what do you? `last`: this is what I know. `done`: all is said. */
  readonly type: 'same' | 'print' | 'tell' | 'last' | 'done'
  readonly print?: string
  readonly entries?: readonly Entry[]
}

export interface Reconciled {
  /** What to say next; empty when nothing was asked. */
  readonly reply: readonly Range[]
  /** In the ranges that are settled: what the other side is now known to know, and what it was told of this one. */
  readonly known: VersionVector
  readonly told: VersionVector
  /** A version that lacks exactly what the other side was found to lack. */
  readonly lacking: VersionVector
}

/** Ranges into which one is cut, and entries that are listed rather than cut. */
const FAN = 16

const sorted = (version: VersionVector): Entry[] => Object.entries(version).sort(([a], [b]) => (a < b ? -1 : 1))
const printOf = (entries: readonly Entry[]): string => fingerprint(new TextEncoder().encode(JSON.stringify(entries)))

/** Opens the talk: fingerprints of everything. */
export const openRanges = (version: VersionVector): readonly Range[] => cut(sorted(version), null)

function cut(entries: readonly Entry[], end: string | null): Range[] {
  if (entries.length <= FAN) return [{ end, type: 'tell', entries }]
  const size = Math.ceil(entries.length / FAN)
  const ranges: Range[] = []
  for (let at = 0; at < entries.length; at += size) {
    const part = entries.slice(at, at + size)
    ranges.push({ end: entries[at + size]?.[0] ?? end, type: 'print', print: printOf(part) })
  }
  return ranges
}

/**
 * Takes in what the other side has said. `version` is what is known here, `before` what was known when this side last spoke: "the same" is about that, and more may
 * have come since.
 */
export function answerRanges(version: VersionVector, before: VersionVector, ranges: readonly Range[]): Reconciled {
  const mine = takeRanges(version)
  const then = takeRanges(before)
  const reply: Range[] = []
  const known: Record<string, VersionVector[string]> = {}
  const told: Record<string, VersionVector[string]> = {}
  const lacking: Record<string, VersionVector[string]> = { ...version }
  const learn = (into: Record<string, VersionVector[string]>, entries: readonly Entry[]): void => { for (const [actor, entry] of entries) into[actor] = entry }
  for (const { end, type, print, entries = [] } of ranges) {
    const here = mine(end)
    const said = then(end)
    if (type === 'print') {
      const same = print === printOf(here)
      if (same) for (const into of [known, told]) learn(into, here)
      reply.push(...(same ? [{ end, type: 'same', print } as const] : cut(here, end)))
    } else if (type === 'tell') {
      for (const [actor] of here) lacking[actor] = 0
      learn(lacking, entries)
      learn(known, entries)
      learn(told, here)
      reply.push(JSON.stringify(entries) === JSON.stringify(here) ? { end, type: 'same', print: printOf(here) } : { end, type: 'last', entries: here })
    } else {
      // Said about something else: an answer to an earlier question.
      const same = type !== 'same' || print === printOf(said)
      if (same) learn(told, said)
      if (same && type === 'same') learn(known, said)
      if (type === 'last') {
        for (const [actor] of here) lacking[actor] = 0
        learn(lacking, entries)
        learn(known, entries)
      }
      reply.push({ end, type: 'done' })
    }
  }
  const asked = ranges.some(({ type }) => type === 'print' || type === 'tell')
  return { reply: asked ? join(reply) : [], known, told, lacking }
}

/** Takes entries range by range. */
function takeRanges(version: VersionVector): (end: string | null) => Entry[] {
  const all = sorted(version)
  let from = 0
  return (end) => {
    let to = from
    while (to < all.length && (end === null || all[to]![0] < end)) to++
    const part = all.slice(from, to)
    from = to
    return part
  }
}

/** Neighbours that are done become one. */
function join(ranges: readonly Range[]): Range[] {
  return ranges.filter(({ type }, index) => type !== 'done' || ranges[index + 1]?.type !== 'done')
}

/** Whether a value from outside is a list of ranges in rising order, with their entries inside them. */
export function areRanges(value: unknown): value is readonly Range[] {
  if (!Array.isArray(value)) return false
  let start = ''
  return value.every((range: Partial<Range> | null, index) => {
    if (typeof range !== 'object' || range === null) return false
    const { end, type, print, entries = [] } = range
    const good = (end === null ? index === value.length - 1 : typeof end === 'string' && end > start)
      && (type === 'done' || (type === 'print' || type === 'same' ? typeof print === 'string' : type === 'tell' || type === 'last'))
      && Array.isArray(entries) && entries.every((entry, at) => Array.isArray(entry) && typeof entry[0] === 'string' && isEntry(entry[1])
        && (at === 0 ? entry[0] >= start : entry[0] > (entries[at - 1] as Entry)[0]) && (end === null || entry[0] < end!))
    start = end ?? start
    return good
  })
}
