// Promise: strong. Every charge and refund that the provider confirmed stands here once, under the key it was made with.

import type { StrongStore } from '../stores/strong.ts'

export interface LedgerEntry {
  readonly key: string
  readonly course: string
  readonly student: string
  readonly kind: 'charge' | 'refund'
  readonly cents: number
  /** The provider's own number of the transaction. */
  readonly provider: string
}

export interface Ledger {
  record(entry: LedgerEntry): Promise<void>
  /** What the student paid for the course and did not get back, in cents. */
  paid(course: string, student: string): Promise<number>
}

export function createLedger(store: StrongStore): Ledger {
  const { database } = store
  return {
    record: (entry) =>
      store.change(`${entry.kind} recorded`, (stamp) => {
        const changed = database.run(
          'INSERT INTO ledger (key, course, student, kind, cents, provider, stamp) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
          entry.key, entry.course, entry.student, entry.kind, entry.cents, entry.provider, stamp,
        )
        return { result: undefined, facts: changed === 1 ? entry : undefined }
      }),
    paid: (course, student) =>
      store.read(
        () =>
          database.get<{ cents: number }>(
            "SELECT coalesce(sum(CASE kind WHEN 'charge' THEN cents ELSE -cents END), 0) AS cents FROM ledger WHERE course = ? AND student = ?",
            course, student,
          )?.cents ?? 0,
      ),
  }
}
