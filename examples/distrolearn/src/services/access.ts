// Promise: strong. Who may enter a course is one row in the home region, written only by the two sagas.

import type { StrongStore } from '../stores/strong.ts'

export interface Access {
  grant(course: string, student: string, enrolment: string): Promise<void>
  revoke(course: string, student: string, enrolment: string): Promise<void>
  /** Ends whatever access there is; tells under which enrolment it was granted. */
  close(course: string, student: string): Promise<{ readonly enrolment: string } | undefined>
  granted(course: string, student: string): boolean
}

interface Grant {
  readonly enrolment: string
  readonly state: string
}

export function createAccess(store: StrongStore): Access {
  const { database } = store
  const find = (course: string, student: string) => database.get<Grant>('SELECT enrolment, state FROM access WHERE course = ? AND student = ?', course, student)
  const end = (course: string, student: string, stamp: string): void => {
    database.run("UPDATE access SET state = 'closed', stamp = ? WHERE course = ? AND student = ?", stamp, course, student)
  }
  return {
    grant: (course, student, enrolment) =>
      store.change('access granted', (stamp) => {
        const known = find(course, student)
        if (known?.enrolment === enrolment) return { result: undefined }
        database.run(
          `INSERT INTO access (course, student, enrolment, state, stamp) VALUES (?, ?, ?, 'granted', ?)
           ON CONFLICT (course, student) DO UPDATE SET enrolment = excluded.enrolment, state = excluded.state, stamp = excluded.stamp`,
          course, student, enrolment, stamp,
        )
        return { result: undefined, facts: { course, student, enrolment } }
      }),
    revoke: (course, student, enrolment) =>
      store.change('access revoked', (stamp) => {
        const known = find(course, student)
        if (known?.enrolment !== enrolment || known.state !== 'granted') return { result: undefined }
        end(course, student, stamp)
        return { result: undefined, facts: { course, student, enrolment } }
      }),
    close: (course, student) =>
      store.change<{ enrolment: string } | undefined>('access closed', (stamp) => {
        const known = find(course, student)
        if (known === undefined) return { result: undefined }
        const result = { enrolment: known.enrolment }
        if (known.state !== 'granted') return { result }
        end(course, student, stamp)
        return { result, facts: { course, student, enrolment: known.enrolment } }
      }),
    granted: (course, student) => find(course, student)?.state === 'granted',
  }
}
