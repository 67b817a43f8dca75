import { maxDebt } from '../ground/defaults.ts'
import type { Held } from '../ground/types.ts'
import type { Bandwidth } from './bandwidth.ts'
import type { Ledger } from './ledger.ts'

/** The limit a new one inherits from: the one with its name, else the one in its place if no other new limit claims that by name. */
export function heir(now: readonly Bandwidth[], before: readonly Bandwidth[]): readonly number[] {
  return now.map(({ name }, index) => {
    const named = before.findIndex((old) => old.name === name)
    if (named !== -1) return named
    const place = before[index]?.name
    return place === undefined || now.some((other) => other.name === place) ? -1 : index
  })
}

/** A debt under the old limit as a debt under the new one, rounded up so that no change mints a token. Products exceed 53 bits, hence BigInt. */
export function carry(debt: number, before: Bandwidth, now: Bandwidth, held: Held): number {
  if (held === 'reset' || debt === 0) return 0
  const [times, over] = held === 'used' ? [now.weight, before.weight] : [now.capacity, before.capacity]
  const carried = (BigInt(debt) * BigInt(times) + BigInt(over) - 1n) / BigInt(over)
  return Number(carried > BigInt(maxDebt) ? BigInt(maxDebt) : carried)
}

/** Fills a fresh ledger with what the keys of another owe. O(keys). */
export function inherit(before: Ledger, now: Ledger, held: Held): void {
  const from = heir(now.bandwidths, before.bandwidths)
  for (const [key, debts] of before.entries()) {
    const slot = now.read(key)
    for (const [index, bandwidth] of now.bandwidths.entries()) {
      const source = from[index]!
      now.debts[index] = source === -1 ? 0 : carry(debts[source]!, before.bandwidths[source]!, bandwidth, held)
    }
    if (now.debts.some((debt) => debt > 0)) now.write(key, slot, 0)
  }
}
