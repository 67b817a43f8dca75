import type { Reply } from '../ground/store.ts'

/**
 * Script and function answer alike: `[blockedMs, debts…, fresh…]`, numbers or (bigint in PostgreSQL) their text, here between `at` and
 * `end` of a list. What is none of that is left for the limiter to refuse.
 */
export function readReply(answer: unknown, limits: number, at = 0, end?: number): Reply {
  const numbers = Array.isArray(answer) ? answer.slice(at, end).map((value) => Number(value ?? Number.NaN)) : []
  return { blockedMs: numbers[0] ?? -1, debts: numbers.slice(1, 1 + limits), fresh: numbers.slice(1 + limits).map(Boolean) }
}
