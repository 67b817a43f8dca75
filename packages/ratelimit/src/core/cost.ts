import { wholeNumber } from '../ground/options.ts'

/** A cost is a whole number of tokens; anything else is refused before it can touch a bucket. */
export function checkCost(cost: number): number {
  if (Number.isSafeInteger(cost) && cost >= 0) return cost
  return wholeNumber('cost', cost, 0, Number.MAX_SAFE_INTEGER, ' Count in a finer unit if you need fractions.')
}
