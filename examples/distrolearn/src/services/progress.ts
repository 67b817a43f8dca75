// Promise: strong. A score that was acknowledged is never lost and never goes back; writes compare and set in the home region.

import { Refusal } from '../ground/refusal.ts'
import type { StrongStore } from '../stores/strong.ts'

export interface Submission {
  readonly course: string
  readonly student: string
  readonly assessment: string
  readonly score: number
  readonly day: number
}

export interface ProgressRow extends Submission {
  readonly version: number
  readonly stamp: string
}

export interface ProgressChanges {
  readonly rows: readonly ProgressRow[]
  /** Every write up to this stamp is among the rows given so far: a follower may answer for any token up to it. */
  readonly asOf: string
}

export class NotEnrolled extends Refusal {
  override readonly name = 'NotEnrolled'
  constructor(message: string) {
    super('not-enrolled', message)
  }
}

/** The row has another version than the writer expected. */
export class VersionConflict extends Refusal {
  override readonly name = 'VersionConflict'
  readonly version: number
  constructor(message: string, version: number) {
    super('version-conflict', message)
    this.version = version
  }
}

export interface Progress {
  /** Sets a score if the row still has `expectedVersion` (0: not there yet). The same score again is a repetition, not a conflict. */
  record(submission: Submission, expectedVersion: number): Promise<ProgressRow>
  of(course: string, student: string): Promise<readonly ProgressRow[]>
  /** What changed after a stamp, oldest first: the feed that followers in other regions read. */
  changes(after: string, limit: number, now: () => string): Promise<ProgressChanges>
}

const columns = 'course, student, assessment, score, day, version, stamp'

export function createProgress(store: StrongStore, mayEnter: (course: string, student: string) => boolean): Progress {
  const { database } = store
  const find = (course: string, student: string, assessment: string) =>
    database.get<ProgressRow>(`SELECT ${columns} FROM progress WHERE course = ? AND student = ? AND assessment = ?`, course, student, assessment)
  return {
    record: (submission, expectedVersion) =>
      store.change('progress recorded', (stamp) => {
        const { course, student, assessment, score, day } = submission
        const known = find(course, student, assessment)
        if (known !== undefined && known.score === score && known.day === day) return { result: known }
        if (!mayEnter(course, student)) throw new NotEnrolled(`student ${student} has no access to ${course}; enrol first`)
        const version = known?.version ?? 0
        if (version !== expectedVersion) throw new VersionConflict(`expected version ${expectedVersion} of ${course}/${student}/${assessment}, found ${version}; read it again`, version)
        const row: ProgressRow = { course, student, assessment, score, day, version: version + 1, stamp }
        database.run(`INSERT OR REPLACE INTO progress (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`, course, student, assessment, score, day, row.version, stamp)
        return { result: row, facts: row }
      }),
    of: (course, student) => store.read(() => database.all<ProgressRow>(`SELECT ${columns} FROM progress WHERE course = ? AND student = ? ORDER BY assessment`, course, student)),
    changes: (after, limit, now) =>
      store.read(() => {
        const rows = database.all<ProgressRow>(`SELECT ${columns} FROM progress WHERE stamp > ? ORDER BY stamp LIMIT ?`, after, limit)
        // Cut off by the limit, the rows answer only for themselves; complete, they answer for this moment.
        return { rows, asOf: rows.length === limit ? (rows.at(-1)?.stamp ?? after) : now() }
      }),
  }
}
