// Promise: eventual. Who takes the course can be read everywhere; the two sagas put names on and take them off, in the home region.

import type { ReplicaStore } from '../replica/store.ts'

export interface Roster {
  add(course: string, student: string): void
  remove(course: string, student: string): void
  of(course: string): readonly string[]
  readonly size: number
}

export function createRoster(store: ReplicaStore): Roster {
  const has = (entry: string): boolean => store.replica.value.roster.includes(entry)
  return {
    // Both look first, so that a repeated saga step adds no new dot.
    add: (course, student) => {
      const entry = `${course}/${student}`
      if (!has(entry)) store.edit((draft) => draft.roster.add(entry))
    },
    remove: (course, student) => {
      const entry = `${course}/${student}`
      if (has(entry)) store.edit((draft) => draft.roster.delete(entry))
    },
    of: (course) => store.replica.value.roster.filter((entry) => entry.startsWith(`${course}/`)).map((entry) => entry.slice(course.length + 1)).sort(),
    get size() {
      return store.replica.value.roster.length
    },
  }
}
