// Promise: a region answers for progress from its own copy only when that copy is at least as new as the caller's token.

import { LRUCache } from 'lru-cache'
import type { ProgressChanges, ProgressRow } from './progress.ts'

const maxLearners = 20_000

export interface Follower {
  /** The rows, if this copy is complete up to the token; undefined sends the caller to the home region. */
  read(course: string, student: string, token: string): { readonly rows: readonly ProgressRow[]; readonly asOf: string } | undefined
  take(changes: ProgressChanges): void
  /** Where the feed goes on. */
  readonly cursor: string
  readonly asOf: string
  readonly held: { readonly size: number; readonly bound: number }
}

export function createFollower(): Follower {
  /** Once somebody was dropped to make room, whoever is not held may have older rows that we no longer know. */
  let dropped = false
  const learners = new LRUCache<string, ReadonlyMap<string, ProgressRow>>({
    max: maxLearners,
    dispose: (_rows, _key, reason) => {
      if (reason === 'evict') dropped = true
    },
  })
  let cursor = ''
  let asOf = ''
  return {
    read(course, student, token) {
      const rows = learners.get(`${course}/${student}`)
      // Not held may mean not there or dropped to make room; only the home region knows.
      if (rows === undefined || token > asOf) return undefined
      return { rows: [...rows.values()], asOf }
    },
    take(changes) {
      for (const row of changes.rows) {
        const key = `${row.course}/${row.student}`
        cursor = row.stamp
        const held = learners.get(key)
        if (held === undefined && dropped) continue
        learners.set(key, new Map(held).set(row.assessment, row))
      }
      asOf = changes.asOf
    },
    get cursor() {
      return cursor
    },
    get asOf() {
      return asOf
    },
    get held() {
      return { size: learners.size, bound: maxLearners }
    },
  }
}
