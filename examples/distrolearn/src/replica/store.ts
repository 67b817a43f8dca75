// Promise: nothing of this replica is acknowledged or told to a peer before it is on disk; a killed region comes back with all it ever said.

import { createDoc, loadDoc } from '@distrokit/crdt'
import type { HybridClock } from '@distrokit/hlc'
import type { OpenDatabase } from '../stores/database.ts'
import { courseDocument } from './document.ts'

const schema = `
CREATE TABLE IF NOT EXISTS snapshot (id INTEGER PRIMARY KEY CHECK (id = 1), bytes BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS deltas (sequence INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS requests (key TEXT PRIMARY KEY, answer TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS requests_by_time ON requests (at);`

/** Deltas kept beside the snapshot before they are folded into it. */
const maxDeltas = 2_000
/** Answers remembered for repeated requests. The oldest go first: a client that comes back later than that is beyond our promise. */
const maxRequests = 200_000

export type CourseReplica = ReturnType<typeof createDoc<typeof courseDocument>>
export type Draft = Parameters<Parameters<CourseReplica['change']>[0]>[0]

export interface ReplicaStore {
  readonly replica: CourseReplica
  /** Makes a change once per `key`; a repetition gets the first answer. Durable when it returns. */
  once<T>(key: string, edit: (draft: Draft) => T): T
  /** A change with no outside caller. */
  edit(edit: (draft: Draft) => void): void
  readonly requests: { readonly size: number; readonly bound: number }
  readonly deltas: { readonly size: number; readonly bound: number }
  close(): void
}

export interface ReplicaStoreOptions {
  readonly open: OpenDatabase
  readonly actor: string
  readonly hybridClock: HybridClock
  readonly now: () => number
}

export function openReplicaStore({ open, actor, hybridClock, now }: ReplicaStoreOptions): ReplicaStore {
  const database = open('replica', schema, 'relaxed')
  const saved = database.get<{ bytes: Uint8Array }>('SELECT bytes FROM snapshot')?.bytes
  const options = { actor, clock: hybridClock }
  const replica = saved === undefined ? createDoc(courseDocument, options) : loadDoc(courseDocument, saved, options)
  const kept = database.all<{ bytes: Uint8Array }>('SELECT bytes FROM deltas ORDER BY sequence')
  for (const { bytes } of kept) replica.apply(bytes)
  let deltas = kept.length
  let requests = database.get<{ count: number }>('SELECT count(*) AS count FROM requests')?.count ?? 0

  const fold = (): void => {
    database.run('INSERT OR REPLACE INTO snapshot (id, bytes) VALUES (1, ?)', replica.save())
    database.run('DELETE FROM deltas')
    deltas = 0
  }

  const persist = (delta: Uint8Array | undefined): void => {
    if (delta === undefined) return
    database.run('INSERT INTO deltas (bytes) VALUES (?)', delta)
    deltas += 1
    if (deltas >= maxDeltas) fold()
  }

  return {
    replica,
    once<T>(key: string, edit: (draft: Draft) => T): T {
      const known = database.get<{ answer: string }>('SELECT answer FROM requests WHERE key = ?', key)
      if (known !== undefined) return JSON.parse(known.answer) as T
      return database.transaction(() => {
        let answer: T | undefined
        persist(replica.change((draft) => {
          answer = edit(draft)
        }))
        database.run('INSERT INTO requests (key, answer, at) VALUES (?, ?, ?)', key, JSON.stringify(answer ?? null), now())
        requests += 1
        if (requests > maxRequests) {
          requests -= database.run('DELETE FROM requests WHERE key IN (SELECT key FROM requests ORDER BY at LIMIT ?)', maxRequests / 10)
        }
        return answer as T
      })
    },
    edit(edit) {
      database.transaction(() => persist(replica.change(edit)))
    },
    get requests() {
      return { size: requests, bound: maxRequests }
    },
    get deltas() {
      return { size: deltas, bound: maxDeltas }
    },
    close() {
      database.transaction(fold)
      database.close()
    },
  }
}
