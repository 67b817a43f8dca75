// Promise: strong. A course never sells more seats than it has; a hold is taken once, however often it is asked for.

import { Refusal } from '../ground/refusal.ts'
import type { StrongStore } from '../stores/strong.ts'

export class CourseFull extends Refusal {
  override readonly name = 'CourseFull'
  constructor(message: string) {
    super('course-full', message)
  }
}

export interface Seats {
  open(course: string, capacity: number): Promise<void>
  reserve(course: string, student: string, key: string): Promise<{ readonly key: string }>
  free(key: string): Promise<void>
  /** Of the student's seat in the course, whichever enrolment took it. */
  freeOf(course: string, student: string): Promise<void>
  remaining(course: string): Promise<{ readonly capacity: number; readonly sold: number } | undefined>
}

/** Somebody else changed the row between our read and our write; the caller's retry reads it anew. */
class Contended extends Error {
  readonly code = 'contended'
}

export function createSeats(store: StrongStore): Seats {
  const { database } = store
  const seatsOf = (course: string) => database.get<{ capacity: number; sold: number; version: number }>('SELECT capacity, sold, version FROM seats WHERE course = ?', course)

  /** Compare and set: the row must still have the version that we read. */
  const adjust = (course: string, by: 1 | -1): void => {
    const seats = seatsOf(course)
    if (seats === undefined) throw new CourseFull(`course ${course} is not open for enrolment`)
    if (by === 1 && seats.sold >= seats.capacity) throw new CourseFull(`course ${course} has no seat left: ${seats.sold} of ${seats.capacity} are sold`)
    const changed = database.run('UPDATE seats SET sold = ?, version = version + 1 WHERE course = ? AND version = ?', seats.sold + by, course, seats.version)
    if (changed !== 1) throw new Contended(`the seats of ${course} changed under us`)
  }

  const release = (key: string): object | undefined => {
    const hold = database.get<{ course: string; student: string; state: string }>('SELECT course, student, state FROM holds WHERE key = ?', key)
    if (hold?.state !== 'held') return undefined
    adjust(hold.course, -1)
    database.run("UPDATE holds SET state = 'freed' WHERE key = ?", key)
    return { key, course: hold.course, student: hold.student }
  }

  return {
    open: (course, capacity) =>
      store.change('course opened', () => {
        const changed = database.run('INSERT INTO seats (course, capacity, sold, version) VALUES (?, ?, 0, 0) ON CONFLICT DO NOTHING', course, capacity)
        return { result: undefined, facts: changed === 1 ? { course, capacity } : undefined }
      }),
    reserve: (course, student, key) =>
      store.change('seat reserved', () => {
        const known = database.get<{ state: string }>('SELECT state FROM holds WHERE key = ?', key)
        if (known?.state === 'held') return { result: { key } }
        // A freed key stays freed: an undo may overtake a late attempt of the step that it undoes.
        if (known !== undefined) throw new CourseFull(`the hold ${key} was given back already`)
        adjust(course, 1)
        database.run("INSERT INTO holds (key, course, student, state) VALUES (?, ?, ?, 'held')", key, course, student)
        return { result: { key }, facts: { key, course, student } }
      }),
    free: (key) =>
      store.change('seat freed', () => {
        const facts = release(key)
        // Nothing was held: remember the key, so that a late reservation under it finds it spent.
        if (facts === undefined) database.run("INSERT INTO holds (key, course, student, state) VALUES (?, '', '', 'freed') ON CONFLICT DO NOTHING", key)
        return { result: undefined, facts }
      }),
    freeOf: (course, student) =>
      store.change('seat freed', () => {
        const hold = database.get<{ key: string }>("SELECT key FROM holds WHERE course = ? AND student = ? AND state = 'held'", course, student)
        return { result: undefined, facts: hold === undefined ? undefined : release(hold.key) }
      }),
    remaining: (course) => store.read(() => seatsOf(course)),
  }
}
