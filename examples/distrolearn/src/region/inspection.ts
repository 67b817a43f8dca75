// Promise: the facts of a region as its stores hold them, for those who check them from outside.

import { verifyAudit, type AuditVerdict } from '../stores/audit.ts'
import type { Database } from '../stores/database.ts'
import type { Enrolment, SagaTotals } from '../sagas/enrolment.ts'
import type { ProgressRow } from '../services/progress.ts'
import type { RegionName } from '../ground/regions.ts'

export interface Inspection {
  readonly region: RegionName
  /** Per student, over the courses asked for. */
  readonly clicks: Readonly<Record<string, number>>
  readonly digest: string
  /** `course/student`. */
  readonly roster: readonly string[]
  /** The home region's. */
  readonly strong?: StrongFacts
}

export interface StrongFacts {
  readonly progress: readonly ProgressRow[]
  readonly seats: readonly { readonly course: string; readonly capacity: number; readonly sold: number; readonly held: number }[]
  readonly access: readonly { readonly student: string; readonly course: string; readonly state: string }[]
  readonly paid: readonly { readonly student: string; readonly course: string; readonly cents: number }[]
  readonly enrolments: SagaTotals
  readonly withdrawals: SagaTotals
  readonly audit: AuditVerdict
}

export async function inspectStrong(database: Database, enrolment: Enrolment, courses: readonly string[]): Promise<StrongFacts> {
  const ours = <T extends { readonly course: string }>(rows: readonly T[]): T[] => rows.filter(({ course }) => courses.includes(course))
  const counts = (course: string): boolean => courses.includes(course)
  return {
    progress: ours(database.all<ProgressRow>('SELECT course, student, assessment, score, day, version, stamp FROM progress')),
    seats: ours(database.all<StrongFacts['seats'][number]>("SELECT course, capacity, sold, (SELECT count(*) FROM holds WHERE holds.course = seats.course AND state = 'held') AS held FROM seats")),
    access: ours(database.all<StrongFacts['access'][number]>('SELECT student, course, state FROM access')),
    paid: ours(database.all<StrongFacts['paid'][number]>("SELECT student, course, sum(CASE kind WHEN 'charge' THEN cents ELSE -cents END) AS cents FROM ledger GROUP BY course, student")),
    enrolments: await enrolment.totals('enrol', counts),
    withdrawals: await enrolment.totals('withdraw', counts),
    audit: verifyAudit(database),
  }
}
