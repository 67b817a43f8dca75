/** Resolvers decide at read what a register with concurrent candidates shows. Deterministic resolvers converge, because all replicas hold the same candidates. */
import type { Scalar, Stamp, Value } from '../ground/types.ts'
import { compareScalars, sameValue } from './value.ts'

/** One of several values of which no writer had seen another. */
export interface Stamped<T = Value> {
  readonly value: T
  /** When and by whom; `stamp.node` is the actor. */
  readonly stamp: Stamp
}

/** `candidates` has at least two entries, oldest stamp first, the same on every replica. `resolve` must depend on nothing else. */
export interface Resolver<T = Value> {
  readonly name: string
  resolve(candidates: readonly Stamped<T>[]): T
}

/** The newest stamp wins; equal stamps are decided by actor id. Wrong where a lost write costs something. */
export const lastWriter: Resolver<never> = { name: 'lastWriter', resolve: (candidates) => candidates.at(-1)!.value }

/** The oldest stamp wins: who came first keeps the place. Wrong where people correct each other. */
export const firstWriter: Resolver<never> = { name: 'firstWriter', resolve: (candidates) => candidates[0]!.value }

/** The largest: high scores, the latest date. Wrong where lowering is a correction. */
export const max: Resolver<never> = { name: 'max', resolve: (candidates) => extreme(candidates, 1) as never }

/** The smallest: the earliest deadline, the strictest limit. */
export const min: Resolver<never> = { name: 'min', resolve: (candidates) => extreme(candidates, -1) as never }

function extreme(candidates: readonly Stamped<Value>[], sign: number): Value {
  return candidates.map(({ value }) => value).reduce((best, value) => (compareScalars(value as Scalar, best as Scalar) * sign > 0 ? value : best))
}

/** Arrays put together without repeats, oldest first. Wrong where removing matters: use a set. */
export const union: Resolver<never> = {
  name: 'union',
  resolve(candidates: readonly Stamped<Value>[]) {
    const all = candidates.flatMap(({ value }) => (Array.isArray(value) ? (value as Value[]) : [value]))
    return all.filter((value, index) => all.findIndex((other) => sameValue(other, value)) === index) as never
  },
}

/** The candidate whose actor comes first in the list; among those that are not in it, the last writer. Wrong where roles change: replicas must have the same list. */
export function priority(actors: readonly string[]): Resolver<never> {
  const order = [...actors]
  const rank = ({ stamp }: Stamped): number => (order.includes(stamp.node) ? order.indexOf(stamp.node) : order.length)
  return { name: 'priority', resolve: (candidates: readonly Stamped<Value>[]) => candidates.reduce((best, one) => (rank(one) <= rank(best) ? one : best)).value as never }
}
