/**
 * A dotted store: candidates by place with a causal context, as a value of its own. The small types (`/register`, `/set`, `/map`) are a few lines over it.
 * Deltas and states are plain JSON; the bytes of documents are another floor.
 */
import { corrupt } from '../ground/errors.ts'
import { checkActor } from '../ground/options.ts'
import type { Scalar, StampClock, Value } from '../ground/types.ts'
import { createActors, indexOf, type Actors } from './actors.ts'
import { joinCandidates } from './candidate.ts'
import { actorOf, createContext, dotOf, has, include, intervals, newIn, seqOf, type Seen } from './context.ts'
import type { Cell, Place } from './entries.ts'
import { above, type Moment } from './moment.ts'

/** `[actor, from, to]`: operations of one actor. */
export type DeltaSpan = readonly [actor: string, from: number, to: number]
/** `[actor, sequence number, value, stamp ms, stamp count]`: one candidate. */
export type DeltaCandidate = readonly [actor: string, seq: number, value: Value, ms: number, count: number]

/** Part of a state, or the whole of one: plain JSON, to be sent as it is. */
export interface Delta {
  /** The operations that it speaks for. */
  readonly spans: readonly DeltaSpan[]
  /** Older operations whose content died of them. */
  readonly dead: readonly (readonly [actor: string, seq: number])[]
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
  const { ids } = actors
  const context = createContext()
  /** Dead dots of which the operation itself has not been heard: see Replica.graves. */
  const graves = new Set<number>()
  const entries = new Map<Place, Cell>()
  let stamp: Moment = { ms: 0, count: 0 }

  const named = (dots: Iterable<number>): [string, number][] => Array.from(dots, (dot) => [ids[actorOf(dot)]!, seqOf(dot)])

  function rowOf(place: Place): [Scalar, DeltaCandidate[]] {
    const list: DeltaCandidate[] = []
    for (let at = entries.get(place); at !== undefined; at = at.next) list.push([ids[at.write.actor]!, at.seq, at.value, at.write.ms, at.write.count])
    return [place, list]
  }

  /** A write (no value: a removal). Consumes a dot although nothing may be stored: only so does a context tell that something was removed. */
  function change(place: Place, value: Value | undefined, stamped: boolean): Delta {
    const dead = rowOf(place)[1].map(([id, seq]): [string, number] => [id, seq])
    const seq = (context.heads[0] ?? 0) + 1
    include(context, 0, seq, seq)
    const moment = stamped ? (stamp = above(stamp, clock?.now() ?? { ms: stamp.ms + 1, count: 0 })) : { ms: 0, count: 0 }
    setCell(place, value === undefined ? undefined : { write: { actor: 0, ...moment }, seq, value, next: undefined })
    return { spans: [[actor, seq, seq]], dead, places: [rowOf(place)], whole: false }
  }

  function setCell(place: Place, cell: Cell | undefined): void {
    if (cell === undefined) entries.delete(place)
    else entries.set(place, cell)
  }

  return {
    actors,
    entries,
    put: change,
    drop: (place) => (entries.has(place) ? change(place, undefined, false) : undefined),
    state: () => ({
      spans: ids.flatMap((id, index) => [...intervals(context, index)].map(([from, to]): DeltaSpan => [id, from, to])),
      dead: named(graves),
      places: [...entries.keys()].map(rowOf),
      whole: true,
    }),
    join(delta) {
      checkDelta(delta)
      const { spans, places, whole } = delta
      if (spans.every(([id, from, to]) => newIn(context, indexOf(actors, id), from, to) === 0)) return false
      const stamps = places.flatMap(([, list]) => list.map(([id, , , ms, count]) => ({ ms, count, node: id })))
      clock?.receiveAll?.(stamps.filter(({ ms, node: author }) => ms > 0 && author !== actor))
      for (const one of stamps) if (one.ms > stamp.ms || (one.ms === stamp.ms && one.count > stamp.count)) stamp = one
      const told = createContext()
      for (const [id, from, to] of spans) include(told, indexOf(actors, id), from, to)
      const dead = new Set(delta.dead.map(([id, seq]) => dotOf(indexOf(actors, id), seq)))
      const frame: Seen = (by, seq) => has(told, by, seq) || dead.has(dotOf(by, seq))
      const seen: Seen = (by, seq) => has(context, by, seq) || graves.has(dotOf(by, seq))
      // The rule of documents: see entries.ts. A whole state speaks also of the places that it does not name.
      const named = new Map(places.map(([place, list]) => [place, list.reduce<Cell | undefined>((next, [id, seq, value, ms, count]) =>
        ({ write: { actor: indexOf(actors, id), ms, count }, seq, value, next }), undefined)]))
      for (const place of new Set([...named.keys(), ...(whole ? entries.keys() : [])])) setCell(place, joinCandidates(entries.get(place), seen, named.get(place), frame))
      for (const [id, from, to] of spans) include(context, indexOf(actors, id), from, to)
      for (const dot of dead) graves.add(dot)
      for (const dot of graves) if (has(context, actorOf(dot), seqOf(dot))) graves.delete(dot)
      return true
    },
  }
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const isSeq = (value: unknown): boolean => isCount(value) && (value as number) > 0 && (value as number) < 2 ** 32
const areAll = (list: unknown, good: (row: readonly unknown[]) => boolean): boolean => Array.isArray(list) && list.every((row) => Array.isArray(row) && good(row as unknown[]))
const isDot = ([id, seq]: readonly unknown[]): boolean => typeof id === 'string' && id !== '' && isSeq(seq)

/** The shape of what came from outside; values are JSON because JSON carried them. */
function checkDelta(delta: Delta): void {
  const good = areAll(delta?.spans, (row) => isDot(row) && isSeq(row[2]) && row[1]! <= row[2]!)
    && areAll(delta.dead, isDot)
    && areAll(delta.places, ([place, list]) => Object(place) !== place && areAll(list, (row) => isDot(row) && isCount(row[3]) && isCount(row[4])
      && delta.spans.some(([id, from, to]) => id === row[0] && from <= (row[1] as number) && (row[1] as number) <= to)))
  if (!good) throw corrupt('they are no delta of this type')
}
