/**
 * Candidates: the values that live at one place because no write has seen them all. Registers, map keys and set elements are such places.
 *
 * Normally there is one, so candidates are a list of links instead of an array. A write replaces the candidates that it has seen; concurrent writes stay
 * side by side until somebody writes again, and a resolver picks one when the value is read. A removal leaves nothing: its traces are dots in the context.
 * (The dot store of Almeida, Shoker and Baquero; merge as in riak_dt_orswot: common, plus mine that you have not seen, plus yours that I have not seen.)
 */
import { compareActors } from './actors.ts'
import type { Seen } from './context.ts'
import { compareMoments } from './moment.ts'

/** One change by one actor at one stamp; shared by everything that the change wrote. Places without stamps (sets) use ms 0, count 0. */
export interface Write {
  readonly actor: number
  readonly ms: number
  readonly count: number
}

export interface Candidate<V> {
  readonly write: Write
  readonly seq: number
  readonly value: V
  readonly next: Candidate<V> | undefined
}

export function holds(list: Candidate<unknown> | undefined, actor: number, seq: number): boolean {
  for (let at = list; at !== undefined; at = at.next) if (at.seq === seq && at.write.actor === actor) return true
  return false
}

/** Whether all candidates of a place are so; also where there is none. */
export function every<V>(list: Candidate<V> | undefined, test: (one: Candidate<V>) => boolean): boolean {
  for (let at = list; at !== undefined; at = at.next) if (!test(at)) return false
  return true
}

/**
 * Joins what two replicas hold at one place. Returns `mine` itself when nothing changes.
 * A candidate survives if both hold it, or if the side without it has never seen its dot.
 */
export function joinCandidates<V>(mine: Candidate<V> | undefined, mySeen: Seen, yours: Candidate<V> | undefined, yourSeen: Seen): Candidate<V> | undefined {
  let result: Candidate<V> | undefined
  let same = true
  for (let at = mine; at !== undefined; at = at.next) {
    if (holds(yours, at.write.actor, at.seq) || !yourSeen(at.write.actor, at.seq)) result = link(at, result)
    else same = false
  }
  for (let at = yours; at !== undefined; at = at.next) {
    if (mySeen(at.write.actor, at.seq) || holds(result, at.write.actor, at.seq)) continue
    result = link(at, result)
    same = false
  }
  return same ? mine : result
}

/** Spelt out: a spread makes objects that are slow to read, and states are merged by the hundred thousand. */
const link = <V>({ write, seq, value }: Candidate<V>, next: Candidate<V> | undefined): Candidate<V> => ({ write, seq, value, next })

/** The last candidate: every replica picks the same. */
export function newest<V>(list: Candidate<V>, ids: readonly string[]): Candidate<V> {
  let best = list
  for (let at = list.next; at !== undefined; at = at.next) if (compareCandidates(at, best, ids) > 0) best = at
  return best
}

/** By stamp, then by actor. One actor may use a stamp again, if it restarts when all that it wrote is gone; then its later operation is the later one. */
export function compareCandidates(a: Candidate<unknown>, b: Candidate<unknown>, ids: readonly string[]): number {
  return compareMoments(a.write, b.write) || compareActors(ids, a.write.actor, b.write.actor) || a.seq - b.seq
}
