import { maxDebt } from '../ground/defaults.ts'
import type { Held } from '../ground/types.ts'
import type { Bandwidth } from './bandwidth.ts'
import type { Ledger } from './ledger.ts'

/** The limit a new one inherits from: the one with its name, else the one in its place if no other new limit claims that by name. */
function forebear(now: readonly Bandwidth[], before: readonly Bandwidth[], index: number): number {
  const named = before.findIndex(({ name }) => name === now[index]!.name)
  return named !== -1 || now.some(({ name }) => name === before[index]?.name) ? named : index
}

/** A debt under the old limit as a debt under the new one, rounded up so that no change mints a token. Products exceed 53 bits, hence BigInt. */
function carry(debt: number, before: Bandwidth, now: Bandwidth, held: Held): number {
  const measure = held === 'used' ? 'weight' : 'capacity'
  const over = BigInt(before[measure])
  return Math.min(maxDebt, Number((BigInt(debt) * BigInt(now[measure]) + over - 1n) / over))
}

/** Fills a fresh ledger with what the keys of another owe. O(keys). */
export function inherit(before: Ledger, now: Ledger, held: Held): void {
  const from = now.bandwidths.map((_, index) => forebear(now.bandwidths, before.bandwidths, index))
  for (const [key, debts] of before.entries()) {
    const slot = now.read(key)
    for (const [index, bandwidth] of now.bandwidths.entries()) {
      const old = before.bandwidths[from[index]!]
      now.debts[index] = old === undefined ? 0 : carry(debts[from[index]!]!, old, bandwidth, held)
    }
    if (now.debts.some((debt) => debt > 0)) now.write(key, slot, 0)
  }
}
