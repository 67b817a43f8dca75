import type { Reply } from '../ground/store.ts'

/** Script and function answer alike: `[blockedMs, debts…, fresh…]`, numbers or (bigint in PostgreSQL) their text. What is none of that is left for the limiter to refuse. */
export function readReply(answer: unknown, limits: number): Reply {
  const debts: number[] = []
  const fresh: boolean[] = []
  if (!Array.isArray(answer)) return { blockedMs: Number.NaN, debts, fresh }
  const list: readonly unknown[] = answer
  for (let index = 1; index < list.length; index += 1) {
    if (index <= limits) debts.push(Number(list[index]))
    else fresh.push(Number(list[index]) === 1)
  }
  return { blockedMs: Number(list[0]), debts, fresh }
}
