// Promise: eventual. Clicks are counted in the learner's own region, also when it is cut off, and add up to the same sum everywhere.

import type { ReplicaStore } from '../replica/store.ts'

export interface Activity {
  add(course: string, student: string, clicks: number, key: string): { readonly clicks: number }
  of(course: string, student: string): number
  /** Clicks per student, as this region knows them. */
  byStudent(course?: string): Readonly<Record<string, number>>
}

export function createActivity(store: ReplicaStore): Activity {
  const read = (key: string): number => store.replica.value.activity[key] ?? 0
  return {
    add: (course, student, clicks, key) =>
      store.once(key, (draft) => {
        if (clicks > 0) draft.activity.get(`${course}/${student}`).add(clicks)
        return { clicks }
      }),
    of: (course, student) => read(`${course}/${student}`),
    byStudent: (course) => {
      const sums: Record<string, number> = {}
      for (const [key, clicks] of Object.entries(store.replica.value.activity)) {
        const slash = key.lastIndexOf('/')
        if (course !== undefined && key.slice(0, slash) !== course) continue
        const student = key.slice(slash + 1)
        sums[student] = (sums[student] ?? 0) + clicks
      }
      return sums
    },
  }
}
