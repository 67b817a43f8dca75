/**
 * A dotted store: candidates by place with a causal context, as a value of its own. The small types (`/register`, `/set`, `/map`) are a few lines over it.
 * Deltas and states are plain JSON; the bytes of documents are another floor.
 */
import { corrupt } from '../ground/errors.ts'
import { MAX_SEQUENCE, MAX_STAMP_COUNT, MAX_STAMP_MS } from '../ground/defaults.ts'
import { checkActor } from '../ground/options.ts'
import type { Scalar, StampClock, Value } from '../ground/types.ts'
import { add, areKnown, isKnown, type Bounds } from './bounds.ts'
import { above, isAfter, type Moment } from './moment.ts'

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

/** One of the values at a place; nearly always the only one. */
export interface Cell {
  readonly actor: string
  readonly seq: number
  readonly value: Value
  readonly ms: number
  readonly count: number
  readonly next: Cell | undefined
}

export interface Dotted {
  readonly entries: Map<Scalar, Cell>
  put(place: Scalar, value: Value, stamped: boolean): Delta
  /** Undefined when there was nothing. */
  drop(place: Scalar): Delta | undefined
  /** Whether anything was new. Throws `CrdtError` with nothing changed. */
  join(delta: Delta): boolean
  state(): Delta
}

const NEVER: Moment = { ms: 0, count: 0 }

/** Oldest stamp first, equal stamps by actor: the same on every replica. */
export function cellsOf(cell: Cell | undefined): Cell[] {
  const list: Cell[] = []
  for (let at = cell; at !== undefined; at = at.next) list.push(at)
  return list.sort((a, b) => a.ms - b.ms || a.count - b.count || (a.actor < b.actor ? -1 : 1))
}

export function createDotted(actor: string, clock: StampClock | undefined, state: Delta | undefined): Dotted {
  const own: Bounds = []
  const seen: Known = new Map([[actor, own]])
  /** Dead dots of which the operation itself has not been heard: see Replica.graves. */
  const graves = new Map<string, readonly [actor: string, seq: number]>()
  const entries = new Map<Scalar, Cell>()
  let last = 0
  let stamp = NEVER

  const rowOf = (place: Scalar): [Scalar, DeltaCandidate[]] => [place, cellsOf(entries.get(place)).map(({ actor: by, seq, value, ms, count }) => [by, seq, value, ms, count])]

  /** A write (no value: a removal). Consumes a dot although nothing may be stored: only so does a context tell that something was removed. */
  function change(place: Scalar, value: Value | undefined, stamped: boolean): Delta {
    const before = entries.get(place)
    // First the clock, which may refuse.
    if (stamped) stamp = clock === undefined ? { ms: stamp.ms + 1, count: 0 } : above(stamp, clock.now())
    const seq = ++last
    add(own, seq, seq)
    const { ms, count } = stamped ? stamp : NEVER
    if (value === undefined) entries.delete(place)
    else entries.set(place, { actor, seq, value, ms, count, next: undefined })
    return {
      spans: [[actor, seq, seq]],
      dead: before === undefined ? [] : cellsOf(before).map((cell) => [cell.actor, cell.seq]),
      places: [[place, value === undefined ? [] : [[actor, seq, value, ms, count]]]],
      whole: false,
    }
  }

  function join(delta: Delta): boolean {
    check(delta?.spans, ([id, from, to]) => isDot(id, from) && isDot(id, to) && from! <= to!)
    const { spans, dead, places, whole } = delta
    // A repeat is known by its spans, whatever their number of places.
    if (spans.every(([id, from, to]) => areKnown(seen.get(id) ?? [], from, to))) return false
    const told: Known = new Map()
    for (const [id, from, to] of spans) take(told, id, from, to)
    check(dead, ([id, seq]) => isDot(id, seq))
    check(places, ([place, rows]) => {
      check(rows, ([id, seq, , ms, count]) => isDot(id, seq) && isCount(ms, MAX_STAMP_MS) && isCount(count, MAX_STAMP_COUNT) && isKnown(told.get(id as string), seq as number))
      return Object(place) !== place
    })
    const stamps = places.flatMap(([, rows]) => rows.map(([node, , , ms, count]) => ({ ms, count, node })))
    clock?.receiveAll?.(stamps.filter(({ ms, node }) => ms > 0 && node !== actor))
    for (const one of stamps) if (isAfter(one, stamp)) stamp = one
    for (const [id, seq] of dead) take(told, id, seq, seq)
    // The rule of documents: a candidate stays if both hold it, or if the side without it has never seen its dot.
    const meet = (place: Scalar, rows: readonly DeltaCandidate[]): void => {
      let cell: Cell | undefined
      for (let at = entries.get(place); at !== undefined; at = at.next) {
        const { actor: by, seq } = at
        if (!isKnown(told.get(by), seq) || rows.some((row) => row[0] === by && row[1] === seq)) cell = at.next === cell ? at : { ...at, next: cell }
      }
      for (const [by, seq, value, ms, count] of rows) if (!isKnown(seen.get(by), seq) && !graves.has(`${seq} ${by}`)) cell = { actor: by, seq, value, ms, count, next: cell }
      if (cell === undefined) entries.delete(place)
      else entries.set(place, cell)
    }
    // A whole state speaks also of places that it does not name.
    const named = new Map(places)
    if (whole) for (const place of entries.keys()) if (!named.has(place)) meet(place, [])
    named.forEach((rows, place) => meet(place, rows))
    for (const [id, from, to] of spans) {
      take(seen, id, from, to)
      if (id === actor) last = Math.max(last, to)
    }
    for (const [id, seq] of dead) graves.set(`${seq} ${id}`, [id, seq])
    for (const [key, [id, seq]] of graves) if (isKnown(seen.get(id), seq)) graves.delete(key)
    return true
  }

  checkActor(actor)
  if (state !== undefined) join(state)
  return {
    entries,
    put: change,
    drop: (place) => (entries.has(place) ? change(place, undefined, false) : undefined),
    join,
    state: () => ({ spans: spansOf(seen), dead: [...graves.values()], places: Array.from(entries.keys(), rowOf), whole: true }),
  }
}

/** What has been heard of, by actor id. */
type Known = Map<string, Bounds>

function take(known: Known, id: string, from: number, to: number): void {
  const bounds = known.get(id) ?? []
  add(bounds, from, to)
  known.set(id, bounds)
}

function spansOf(seen: Known): DeltaSpan[] {
  const spans: DeltaSpan[] = []
  for (const [id, bounds] of seen) for (let index = 0; index < bounds.length; index += 2) spans.push([id, bounds[index]!, bounds[index + 1]! - 1])
  return spans
}

const isCount = (value: unknown, most: number): boolean => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most
const isDot = (id: unknown, seq: unknown): boolean => typeof id === 'string' && id !== '' && seq !== 0 && isCount(seq, MAX_SEQUENCE)

/** The shape of what came from outside; values are JSON because JSON carried them. */
function check(list: unknown, good: (row: readonly unknown[]) => boolean): void {
  if (!Array.isArray(list) || !list.every((row) => Array.isArray(row) && good(row))) throw corrupt('they are no delta of this type')
}
