/**
 * The kernel: dots and causal contexts.
 *
 * A dot names one operation: (actor, sequence number from 1). Inside a replica actors are small indices (see actors.ts). A causal context is the set of
 * dots that a replica has seen. It is nearly always "all of them up to n" for each actor, so it is stored as that, plus intervals above a gap where
 * something was lost or overtaken. (Almeida, Shoker, Baquero: Delta state replicated data types, 2018; Riak's version vectors with exceptions.)
 */
import { MAX_SEQUENCE } from '../ground/defaults.ts'

export interface Context {
  /** `heads[actor]` = n: dots 1..n are known. May be shorter than the table of actors. */
  readonly heads: number[]
  /** Known dots above a gap: actor → from, to, from, to … sorted, disjoint, not adjacent, the first above `heads[actor] + 1`. Absent when empty. */
  readonly gaps: Map<number, number[]>
}

/** Twice what is needed: an edit that runs over the last sequence number is refused only at its end, and until then hits no other actor's dots. */
const SEQUENCES = (MAX_SEQUENCE + 1) * 2

/** One number for a dot: 20 bits of actor over 33 bits of sequence, exact in a double and good as a key of a Map. */
export const dotOf = (actor: number, seq: number): number => actor * SEQUENCES + seq
export const actorOf = (dot: number): number => Math.floor(dot / SEQUENCES)
export const seqOf = (dot: number): number => dot % SEQUENCES

export const createContext = (): Context => ({ heads: [], gaps: new Map() })

export function has(context: Context, actor: number, seq: number): boolean {
  if (seq <= (context.heads[actor] ?? 0)) return true
  if (context.gaps.size === 0) return false
  const gaps = context.gaps.get(actor)
  if (gaps === undefined) return false
  // The last interval that starts at or before seq, by bisection: a context with many holes stays logarithmic.
  let low = 0
  let high = gaps.length >> 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (gaps[middle * 2]! <= seq) low = middle + 1
    else high = middle
  }
  return low > 0 && seq <= gaps[low * 2 - 1]!
}

/** Whether a dot has been seen: by a context, or by one and something beside it. */
export type Seen = (actor: number, seq: number) => boolean

export const seenIn = (context: Context): Seen => (actor, seq) => has(context, actor, seq)

/** Adds dots `from`..`to` of an actor. O(1) when they follow the head, O(intervals) otherwise. */
export function include(context: Context, actor: number, from: number, to: number): void {
  const { heads } = context
  while (heads.length <= actor) heads.push(0)
  const head = heads[actor]!
  if (to <= head) return
  if (from <= head + 1 && !context.gaps.has(actor)) heads[actor] = to
  else includeAbove(context, actor, head, from, to)
}

function includeAbove(context: Context, actor: number, head: number, from: number, to: number): void {
  const gaps = context.gaps.get(actor)
  const merged: number[] = []
  let start = from
  let end = to
  let placed = false
  for (let index = 0; index < (gaps?.length ?? 0); index += 2) {
    const left = gaps![index]!
    const right = gaps![index + 1]!
    if (right + 1 < start) merged.push(left, right)
    else if (end + 1 < left) {
      if (!placed) merged.push(start, end)
      placed = true
      merged.push(left, right)
    } else {
      start = Math.min(start, left)
      end = Math.max(end, right)
    }
  }
  if (!placed) merged.push(start, end)
  if (merged[0]! <= head + 1) {
    context.heads[actor] = Math.max(head, merged[1]!)
    merged.splice(0, 2)
  }
  if (merged.length > 0) context.gaps.set(actor, merged)
  else context.gaps.delete(actor)
}

/** All intervals of an actor, lowest first. */
export function* intervals(context: Context, actor: number): Generator<readonly [from: number, to: number]> {
  const head = context.heads[actor] ?? 0
  if (head > 0) yield [1, head]
  const gaps = context.gaps.get(actor)
  for (let index = 0; index < (gaps?.length ?? 0); index += 2) yield [gaps![index]!, gaps![index + 1]!]
}

export function joinContext(into: Context, from: Context): void {
  for (let actor = 0; actor < from.heads.length; actor++) for (const [low, high] of intervals(from, actor)) include(into, actor, low, high)
}

/** Whether every dot of `part` is in `whole`. */
export function covers(whole: Context, part: Context): boolean {
  for (let actor = 0; actor < part.heads.length; actor++) {
    for (const [low, high] of intervals(part, actor)) if (newIn(whole, actor, low, high) > 0) return false
  }
  return true
}

/** How many dots of `from`..`to` the context does not have. */
export function newIn(context: Context, actor: number, from: number, to: number): number {
  const head = context.heads[actor] ?? 0
  if (to <= head) return 0
  const gaps = context.gaps.get(actor) ?? []
  let known = Math.max(0, head - from + 1)
  for (let index = 0; index < gaps.length && gaps[index]! <= to; index += 2) known += Math.max(0, Math.min(gaps[index + 1]!, to) - Math.max(gaps[index]!, from) + 1)
  return to - from + 1 - known
}

export interface LocalSpan {
  readonly actor: number
  readonly from: number
  readonly to: number
}

/** How many dots of some spans the context does not have. */
export function freshIn(context: Context, spans: readonly LocalSpan[]): number {
  let fresh = 0
  for (const { actor, from, to } of spans) fresh += newIn(context, actor, from, to)
  return fresh
}

/** The highest sequence number seen of an actor, gaps or not. */
export function highest(context: Context, actor: number): number {
  return context.gaps.get(actor)?.at(-1) ?? context.heads[actor] ?? 0
}

export function union(a: Context, b: Context): Context {
  const result = createContext()
  joinContext(result, a)
  joinContext(result, b)
  return result
}

export const isVoid = (context: Context): boolean => context.gaps.size === 0 && context.heads.every((head) => head === 0)

/** The dots of `whole` that are not in `part`. */
export function subtract(whole: Context, part: Context): Context {
  const result = createContext()
  for (let actor = 0; actor < whole.heads.length; actor++) {
    for (const [low, high] of intervals(whole, actor)) {
      let from = low
      for (const [seen, until] of intervals(part, actor)) {
        if (seen > from && from <= high) include(result, actor, from, Math.min(high, seen - 1))
        from = Math.max(from, until + 1)
      }
      if (from <= high) include(result, actor, from, high)
    }
  }
  return result
}
