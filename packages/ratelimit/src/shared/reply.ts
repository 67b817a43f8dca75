import type { Call, Reply } from '../ground/store.ts'

/**
 * Script and function answer alike: `[blockedMs, debts…, fresh…]`, numbers or their text, with one `fresh` for each call that is named;
 * here from `at` in a list. What is none of that is left for the limiter to refuse.
 */
export function readReply(answer: unknown, limits: number, calls: readonly Call[], at = 0): Reply {
  const list: readonly unknown[] = Array.isArray(answer) ? answer : []
  const number = (index: number): number => Number(list[at + index] ?? Number.NaN)
  const debts: number[] = []
  const fresh: boolean[] = []
  for (let index = 1; index <= limits; index += 1) debts.push(number(index))
  for (const { id } of calls) if (id !== undefined) fresh.push(number(1 + limits + fresh.length) === 1)
  return { blockedMs: number(0), debts, fresh }
}
