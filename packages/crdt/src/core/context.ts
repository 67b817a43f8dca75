/**
 * The kernel: dots and causal contexts.
 *
 * A dot names one operation: (actor, sequence number from 1). Inside a replica actors are small indices (see actors.ts). A causal context is the set of dots that a
 * replica has seen, kept as bounds by actor: one run from 1 on, and more of them where something was lost or overtaken.
 * (Almeida, Shoker, Baquero: Delta state replicated data types, 2018; Riak's version vectors with exceptions.)
 */
import { MAX_SEQUENCE } from '../ground/defaults.ts'
import type { Span } from '../ground/types.ts'
import { add, isKnown, unknown, type Bounds } from './bounds.ts'

/** By actor; may be shorter than the table of actors. */
export type Context = Bounds[]

/** Operations `from` to `to` of one actor, both ends included. */
export interface LocalSpan {
  readonly actor: number
  readonly from: number
  readonly to: number
}

/** Twice what is needed: an edit that runs over the last sequence number is refused only at its end, and until then hits no other actor's dots. */
const SEQUENCES = (MAX_SEQUENCE + 1) * 2

/** One number for a dot: 20 bits of actor over 33 bits of sequence, exact in a double and good as a key of a Map. */
export const dotOf = (actor: number, seq: number): number => actor * SEQUENCES + seq
export const actorOf = (dot: number): number => Math.floor(dot / SEQUENCES)
export const seqOf = (dot: number): number => dot % SEQUENCES

export const createContext = (): Context => []

export function has(context: Context, actor: number, seq: number): boolean {
  const bounds = context[actor]
  // Asked for every row of every frame, and one run or none is what there nearly always is.
  if (bounds === undefined || bounds.length === 0) return false
  return bounds.length === 2 ? bounds[0]! <= seq && seq < bounds[1]! : isKnown(bounds, seq)
}

/** Whether a dot has been seen: by a context, or by one and something beside it. */
export type Seen = (actor: number, seq: number) => boolean

export const seenIn = (context: Context): Seen => (actor, seq) => has(context, actor, seq)

/** Adds dots `from`..`to` of an actor. O(1) when they follow the last, O(runs) otherwise. */
export function include(context: Context, actor: number, from: number, to: number): void {
  while (context.length <= actor) context.push([])
  add(context[actor]!, from, to)
}

export function contextOf(spans: readonly LocalSpan[]): Context {
  const context = createContext()
  for (const { actor, from, to } of spans) include(context, actor, from, to)
  return context
}

/** All that is in a context, by actor and then lowest first. */
export function spansIn(context: Context): LocalSpan[] {
  const spans: LocalSpan[] = []
  context.forEach((bounds, actor) => { for (let run = 0; run < bounds.length; run += 2) spans.push({ actor, from: bounds[run]!, to: bounds[run + 1]! - 1 }) })
  return spans
}

/** How many dots of some spans the context does not have. */
export function freshIn(context: Context, spans: readonly LocalSpan[]): number {
  let fresh = 0
  for (const { actor, from, to } of spans) fresh += unknown(context[actor] ?? [], from, to)
  return fresh
}

/** Whether every dot of `part` is in `whole`. */
export const covers = (whole: Context, part: Context): boolean => freshIn(whole, spansIn(part)) === 0

/** The highest sequence number seen of an actor, gaps or not; 0 for none. */
export const highest = (context: Context, actor: number): number => (context[actor]?.at(-1) ?? 1) - 1

/** Up to which sequence number all are known. */
export const headOf = (bounds: Bounds | undefined): number => (bounds?.[0] === 1 ? bounds[1]! - 1 : 0)

/** The dots below the highest that are not known, lowest first. */
export function holesIn(context: Context, ids: readonly string[]): Span[] {
  const holes: Span[] = []
  for (let actor = 0; actor < context.length; actor++) {
    const bounds = context[actor]!
    let end = 1
    for (let run = 0; run < bounds.length; run += 2) {
      if (bounds[run]! > end) holes.push({ actor: ids[actor]!, from: end, to: bounds[run]! - 1 })
      end = bounds[run + 1]!
    }
  }
  return holes
}

export const copyOf = (context: Context): Context => context.map((bounds) => [...bounds])

export function union(a: Context, b: Context): Context {
  const result = copyOf(a)
  for (const { actor, from, to } of spansIn(b)) include(result, actor, from, to)
  return result
}

export const isVoid = (context: Context): boolean => context.every((bounds) => bounds.length === 0)

/** The dots of `whole` that are not in `part`. */
export function subtract(whole: Context, part: Context): Context {
  const result = createContext()
  for (const { actor, from, to } of spansIn(whole)) {
    let start = from
    const bounds = part[actor] ?? []
    for (let run = 0; run < bounds.length && bounds[run]! <= to; run += 2) {
      if (bounds[run]! > start) include(result, actor, start, bounds[run]! - 1)
      start = Math.max(start, bounds[run + 1]!)
    }
    if (start <= to) include(result, actor, start, to)
  }
  return result
}
