/**
 * A dotted store: candidates by place with a causal context, as a value of its own. The small types (`/register`, `/set`, `/map`) are a few lines over it.
 * Deltas and states are plain JSON; the bytes of documents are another floor.
 */
import { corrupt } from '../ground/errors.ts'
import { MAX_SEQUENCE, MAX_STAMP_COUNT, MAX_STAMP_MS } from '../ground/defaults.ts'
import { checkActor } from '../ground/options.ts'
import type { Scalar, StampClock, Value } from '../ground/types.ts'
import { add, areKnown, isKnown, type Bounds } from './bounds.ts'
import { above, compareMoments, isAfter, type Moment } from './moment.ts'

/** `[place, actor, sequence number, value, stamp ms, stamp count]`: a write; without the last three a removal. */
export type DeltaRow = readonly [place: Scalar, actor: string, seq: number, value?: Value, ms?: number, count?: number]
/** `[actor, from, to]`: operations of one actor. */
export type DeltaSpan = readonly [actor: string, from: number, to: number]

/** Part of a state, or the whole of one: plain JSON, to be sent as it is. */
export interface Delta {
  readonly rows: readonly DeltaRow[]
  /** The operations that it speaks for besides those of its rows. */
  readonly spans?: readonly DeltaSpan[]
  /** Older operations whose content died of them. */
  readonly dead?: readonly DeltaSpan[]
  /** Whether places that are not named hold nothing of what it speaks for. */
  readonly whole?: true
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
  /** Without a stamp where nothing asks which write is the last. */
  put(place: Scalar, value: Value, stamped?: boolean): Delta
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
  return list.sort((a, b) => compareMoments(a, b) || (a.actor < b.actor ? -1 : a.actor > b.actor ? 1 : a.seq - b.seq))
}

export function createDotted(actor: string, clock: StampClock | undefined, state: Delta | undefined): Dotted {
  /** Ends where the next operation of this actor begins. */
  const own: Bounds = []
  const seen: Known = new Map([[actor, own]])
  /** Dead dots of which the operation itself has not been heard: see Replica.graves. */
  let graves: Known = new Map()
  const entries = new Map<Scalar, Cell>()
  let stamp = NEVER

  /** A write (no value: a removal). Consumes a dot although nothing may be stored: only so does a context tell that something was removed. */
  function write(place: Scalar, value?: Value, stamped?: boolean): Delta {
    const before = entries.get(place)
    // First the clock, which may refuse.
    const { ms, count } = !stamped ? NEVER : clock === undefined ? { ms: stamp.ms + 1, count: 0 } : above(stamp, clock.now())
    const seq = own[own.length - 1] ?? 1
    add(own, seq, seq)
    const cell = { actor, seq, value: value!, ms, count, next: undefined }
    if (stamped) stamp = cell
    if (value === undefined) entries.delete(place)
    else entries.set(place, cell)
    const rows: DeltaRow[] = [value === undefined ? [place, actor, seq] : [place, actor, seq, value, ms, count]]
    return before === undefined ? { rows } : { rows, dead: cellsOf(before).map((old) => [old.actor, old.seq, old.seq]) }
  }

  function join(delta: Delta): boolean {
    const { rows, spans = [], dead = [], whole } = delta ?? {}
    const isHeard = ([id, from, to]: DeltaSpan): boolean => areKnown(seen.get(id) ?? [], from, to)
    check(spans, isSpan)
    const heard = [...spans]
    const told = take(spans)
    // The spans of a state speak for all of its rows: it is known by them, however many rows there are.
    if (whole && heard.every(isHeard)) return false
    check(dead, isSpan)
    check(rows, ([place, id, seq, value, ms, count]) => Object(place) !== place && isDot(id, seq)
      && (value === undefined || (isCount(ms, MAX_STAMP_MS) && isCount(count, MAX_STAMP_COUNT))))
    const named = new Map<Scalar, Cell | undefined>()
    for (const [place, id, seq, value, ms, count] of rows) {
      const next = named.get(place)
      const cell = { actor: id, seq, value: value!, ms: ms!, count: count!, next }
      named.set(place, value === undefined || holds(next, cell) ? next : cell)
      if (!knows(told, cell)) heard.push([id, seq, seq])
    }
    if (heard.every(isHeard)) return false
    clock?.receiveAll?.(rows.flatMap(([, node, , , ms, count]) => (ms! > 0 && node !== actor ? [{ node, ms: ms!, count: count! }] : [])))
    take(dead, told)
    // The rule of documents: a candidate stays if both hold it, or if the side without it has never seen its dot.
    const meet = (yours: Cell | undefined, place: Scalar): void => {
      let met: Cell | undefined
      for (let at = entries.get(place); at !== undefined; at = at.next) if (!knows(told, at) || holds(yours, at)) met = linked(at, met)
      for (let at = yours; at !== undefined; at = at.next) {
        if (knows(seen, at) || knows(graves, at)) continue
        met = linked(at, met)
        if (isAfter(met, stamp)) stamp = met
      }
      if (met === undefined) entries.delete(place)
      else entries.set(place, met)
    }
    // A whole state speaks also of places that it does not name.
    if (whole) for (const [place, cell] of entries) if ((cell.next !== undefined || knows(told, cell)) && !named.has(place)) meet(undefined, place)
    named.forEach(meet)
    take(heard, seen)
    graves = take([...spansOf(graves), ...dead].filter((span) => !isHeard(span)))
    return true
  }

  function wholeState(): Delta {
    const rows: DeltaRow[] = []
    for (const [place, cell] of entries) for (const { actor: id, seq, value, ms, count } of cellsOf(cell)) rows.push([place, id, seq, value, ms, count])
    return { rows, spans: spansOf(seen), dead: spansOf(graves), whole: true }
  }

  checkActor(actor)
  if (state !== undefined) join(state)
  return {
    entries,
    put: write,
    drop: (place) => (entries.has(place) ? write(place) : undefined),
    join,
    state: wholeState,
  }
}

const linked = (cell: Cell, next: Cell | undefined): Cell => (cell.next === next ? cell : { ...cell, next })

function holds(cells: Cell | undefined, { actor, seq }: Cell): boolean {
  for (let at = cells; at !== undefined; at = at.next) if (at.actor === actor && at.seq === seq) return true
  return false
}

/** What has been heard of, by actor id. */
type Known = Map<string, Bounds>

const knows = (known: Known, { actor, seq }: Cell): boolean => isKnown(known.get(actor), seq)

function take(spans: readonly DeltaSpan[], known: Known = new Map()): Known {
  for (const [id, from, to] of spans) {
    const bounds = known.get(id) ?? []
    add(bounds, from, to)
    known.set(id, bounds)
  }
  return known
}

function spansOf(known: Known): DeltaSpan[] {
  const spans: DeltaSpan[] = []
  for (const [id, bounds] of known) for (let index = 0; index < bounds.length; index += 2) spans.push([id, bounds[index]!, bounds[index + 1]! - 1])
  return spans
}

const isCount = (value: unknown, most: number): boolean => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most
const isDot = (id: unknown, seq: unknown): boolean => typeof id === 'string' && id !== '' && isCount(seq, MAX_SEQUENCE) && (seq as number) > 0

const isSpan = ([id, from, to]: readonly unknown[]): boolean => isDot(id, from) && isDot(id, to) && from! <= to!

/** The shape of what came from outside; values are JSON because JSON carried them. */
function check(list: unknown, good: (row: readonly unknown[]) => boolean): void {
  if (!Array.isArray(list) || !list.every((row) => Array.isArray(row) && good(row))) throw corrupt('they are no delta')
}
