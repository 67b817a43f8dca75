/** Resolvers decide at read what a register with concurrent candidates shows. Deterministic resolvers converge, because all replicas hold the same candidates. */
import type { Stamp, Value } from '../ground/types.ts'

/** One of several values of which no writer had seen the other. */
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

/** The newest stamp wins; equal stamps are decided by actor id. Wrong where a lost write costs something: use `multiValue` there. */
export const lastWriter: Resolver<never> = { name: 'lastWriter', resolve: (candidates) => candidates.at(-1)!.value }
