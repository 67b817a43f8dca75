import { maxDebt } from '../ground/defaults.ts'
import type { Backend } from '../ground/store.ts'

interface Row {
  lastMs: number
  blockedUntilMs: number
  owed: { readonly weight: bigint; debt: bigint }[]
  readonly ids: Set<string>
}

const big = (value: number): bigint => BigInt(value)

/**
 * A store in memory, one step at a time in BigInt: for tests of what uses a store, and to read when writing one. Never forgets a key,
 * so it is no store to ship.
 */
export function memoryBackend(options: { readonly now: () => number }): Backend {
  const rows = new Map<string, Row>()
  return {
    async run(key, measures, calls) {
      const nowMs = options.now()
      const row: Row = rows.get(key) ?? { lastMs: nowMs, blockedUntilMs: 0, owed: [], ids: new Set() }
      rows.set(key, row)
      const fullMs = Math.max(...measures.map(({ capacity, drain }) => Math.ceil(capacity / drain)))
      if (row.lastMs - nowMs > fullMs) {
        if (row.blockedUntilMs > 0) row.blockedUntilMs += nowMs - row.lastMs
        row.lastMs = nowMs
      }
      const elapsed = big(Math.max(0, nowMs - row.lastMs))
      row.lastMs = Math.max(row.lastMs, nowMs)
      row.owed = measures.map(({ weight, drain }, index) => {
        const old = row.owed[index]
        const carried = old === undefined || old.weight === big(weight) ? (old?.debt ?? 0n) : ((old.debt + old.weight - 1n) / old.weight) * big(weight)
        const drained = (carried > big(maxDebt) ? big(maxDebt) : carried) - elapsed * big(drain)
        return { weight: big(weight), debt: drained > 0n ? drained : 0n }
      })
      const debts = row.owed.map(({ debt }) => Number(debt))
      const blockedMs = Math.max(0, row.blockedUntilMs - row.lastMs)
      const fresh: boolean[] = []
      const add = (cost: number): void => row.owed.forEach((owed) => (owed.debt += big(cost) * owed.weight))
      for (const { verb, cost, count, id } of calls) {
        const overflows = verb === 'charge' && row.owed.some(({ weight, debt }) => debt + big(cost) * weight > big(maxDebt))
        const isNew = id === undefined || (!overflows && !row.ids.has(id))
        if (id !== undefined) {
          fresh.push(isNew)
          if (!overflows) row.ids.add(id)
        }
        if (verb === 'take') {
          const fits = (): boolean => row.blockedUntilMs <= row.lastMs && row.owed.every(({ weight, debt }, index) => debt + big(cost) * weight <= big(measures[index]!.capacity))
          for (let taken = 0; taken < count && fits(); taken += 1) add(cost)
        } else if (verb === 'charge' && isNew && !overflows) add(cost)
        else if (verb === 'give' && isNew) row.owed.forEach((owed) => (owed.debt = owed.debt > big(cost) * owed.weight ? owed.debt - big(cost) * owed.weight : 0n))
        else if (verb === 'block') row.blockedUntilMs = row.lastMs + cost
        else if (verb === 'reset') {
          row.blockedUntilMs = 0
          row.owed.forEach((owed) => (owed.debt = 0n))
        }
      }
      return { debts, blockedMs, fresh }
    },
  }
}
