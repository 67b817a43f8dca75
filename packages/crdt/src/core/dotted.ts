/**
 * A dotted store: candidates by place with a causal context, as a value of its own. The small types (`/register`, `/set`, `/map`) are a few lines over it.
 * Deltas and states are plain JSON; the bytes of documents are another floor.
 */
import { corrupt } from '../ground/errors.ts'
import { checkActor } from '../ground/options.ts'
import type { Scalar, StampClock, Value } from '../ground/types.ts'
import { createActors, indexOf, type Actors } from './actors.ts'
import { above, type Moment } from './moment.ts'
import { createContext, include, intervals, isVoid, joinContext, newIn, subtract, union, type Context } from './context.ts'
import type { Edit, Transaction } from './edit.ts'
import { drop, joinEntries, put, type Cell, type EntriesNode, type Place } from './entries.ts'
import { STALE } from './node.ts'

/** `[actor, from, to]`: operations of one actor. */
export type DeltaSpan = readonly [actor: string, from: number, to: number]
/** `[actor, sequence number, value, stamp ms, stamp count]`: one candidate. */
export type DeltaCandidate = readonly [actor: string, seq: number, value: Value, ms: number, count: number]

/** Part of a state, or the whole of one: plain JSON, to be sent as it is. */
export interface Delta {
  /** The operations that it speaks for. */
  readonly spans: readonly DeltaSpan[]
  /** Older operations whose content died of them. */
  readonly dead: readonly DeltaSpan[]
  readonly places: readonly (readonly [place: Scalar, candidates: readonly DeltaCandidate[]])[]
  /** Whether places that are not named hold nothing of what it speaks for. */
  readonly whole: boolean
}

export interface Dotted {
  readonly actors: Actors
  readonly entries: Map<Place, Cell>
  put(place: Place, value: Value, stamped: boolean): Delta
  /** Undefined when there was nothing. */
  drop(place: Place): Delta | undefined
  /** Whether anything was new. Throws `CrdtError` with nothing changed. */
  join(delta: Delta): boolean
  state(): Delta
}

export function createDotted(actor: string, clock?: StampClock): Dotted {
  const actors = createActors(checkActor(actor))
  const context = createContext()
  let graves = createContext()
  let stamp: Moment = { ms: 0, count: 0 }
  const entries = new Map<Place, Cell>()
  const node = { entries, cache: STALE, parent: undefined } as unknown as EntriesNode
  const { ids } = actors

  function edit(run: (edit: Edit) => unknown): Delta | undefined {
    const start = context.heads[0] ?? 0
    const started: Edit = {
      ids, touches: [], dead: [], start, seq: start,
      author: { actor: 0, ms: 0, count: 0 },
      stamped: () => ({ actor: 0, ...(stamp = above(stamp, clock?.now() ?? { ms: stamp.ms + 1, count: 0 })) }),
    }
    run(started)
    if (started.seq === start) return undefined
    include(context, 0, start + 1, started.seq)
    const old = createContext()
    for (const dot of started.dead) include(old, Math.floor(dot / 2 ** 32), dot % 2 ** 32, dot % 2 ** 32)
    return { spans: [[actor, start + 1, started.seq]], dead: spansOf(old), places: started.touches.map(({ place }) => rowOf(place as Place)), whole: false }
  }

  const spansOf = (of: Context): DeltaSpan[] => ids.flatMap((id, index) => [...intervals(of, index)].map(([from, to]): DeltaSpan => [id, from, to]))

  function rowOf(place: Place): readonly [Scalar, DeltaCandidate[]] {
    const list: DeltaCandidate[] = []
    for (let at = entries.get(place); at !== undefined; at = at.next) list.push([ids[at.write.actor]!, at.seq, at.value, at.write.ms, at.write.count])
    return [place, list]
  }

  return {
    actors,
    entries,
    put: (place, value, stamped) => edit((started) => put(node, place, value, started, stamped))!,
    drop: (place) => edit((started) => drop(node, place, started)),
    state: () => ({ spans: spansOf(context), dead: spansOf(graves), places: [...entries.keys()].map(rowOf), whole: true }),
    join(delta) {
      checkDelta(delta)
      const contextOf = (spans: readonly DeltaSpan[]): Context => {
        const result = createContext()
        for (const [id, from, to] of spans) include(result, indexOf(actors, id), from, to)
        return result
      }
      const brings = contextOf(delta.spans)
      const dead = contextOf(delta.dead)
      if (delta.spans.every(([id, from, to]) => newIn(context, indexOf(actors, id), from, to) === 0)) return false
      clock?.receiveAll?.(delta.places.flatMap(([, list]) => list.map(([node, , , ms, count]) => ({ ms, count, node }))).filter(({ ms, node }) => ms > 0 && node !== actor))
      const cells = delta.places.map(([, list]) => list.reduce<Cell | undefined>((next, [id, seq, value, ms, count]) => {
        if (ms > stamp.ms || (ms === stamp.ms && count > stamp.count)) stamp = { ms, count }
        return { write: { actor: indexOf(actors, id), ms, count }, seq, value, next }
      }, undefined))
      const transaction: Transaction = { ids, touches: [], dead: [] }
      const seen = isVoid(graves) ? context : union(context, graves)
      joinEntries(node, { places: delta.places.map(([place]) => place), cells }, union(brings, dead), delta.whole, seen, transaction)
      joinContext(context, brings)
      graves = subtract(union(graves, dead), context)
      return true
    },
  }
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const isSpan = (span: unknown): boolean => Array.isArray(span) && typeof span[0] === 'string' && span[0] !== '' && isCount(span[1]) && span[1] >= 1 && isCount(span[2]) && span[1] <= span[2] && span[2] < 2 ** 32

/** The shape of what came from outside; values are JSON because JSON carried them. */
function checkDelta(delta: Delta): void {
  const good = typeof delta === 'object' && delta !== null && Array.isArray(delta.spans) && delta.spans.every(isSpan)
    && Array.isArray(delta.dead) && delta.dead.every(isSpan)
    && Array.isArray(delta.places) && delta.places.every((row) => Array.isArray(row) && (row[0] === null || typeof row[0] !== 'object') && Array.isArray(row[1])
      && row[1].every((one: unknown) => Array.isArray(one) && isSpan([one[0], one[1], one[1]]) && isCount(one[3]) && isCount(one[4])
        && delta.spans.some(([id, from, to]) => id === one[0] && from <= one[1] && one[1] <= to)))
  if (!good) throw corrupt('they are no delta of this type')
}
