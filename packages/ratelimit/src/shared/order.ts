import type { Call } from '../ground/store.ts'

/**
 * What a script is told to do for a call, in numbers: cost, how often at most, 1 if it has to fit within the limit, 1 if it is named, and
 * the milliseconds to block for or -1. A refund is a charge of less than nothing; a reset refunds everything and ends a block.
 */
export type Order = readonly [cost: number, count: number, within: number, named: number, blockMs: number]

export function orderOf({ verb, cost, count, id }: Call): Order {
  if (verb === 'block') return [0, 1, 0, 0, cost]
  if (verb === 'reset') return [-Number.MAX_SAFE_INTEGER, 1, 0, 0, 0]
  return [verb === 'give' ? -cost : cost, count, verb === 'take' ? 1 : 0, id === undefined ? 0 : 1, -1]
}
