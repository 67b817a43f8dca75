// Promise: the strong services' facts live in one file of the home region, and each change is audited in its own transaction.

import { encode, type HybridClock } from '@distrokit/hlc'
import { appendAudit, auditSchema } from './audit.ts'
import type { Database, OpenDatabase } from './database.ts'

const schema = `
CREATE TABLE IF NOT EXISTS seats (course TEXT PRIMARY KEY, capacity INTEGER NOT NULL, sold INTEGER NOT NULL, version INTEGER NOT NULL, CHECK (sold >= 0)) STRICT;
CREATE TABLE IF NOT EXISTS holds (key TEXT PRIMARY KEY, course TEXT NOT NULL, student TEXT NOT NULL, state TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS ledger (key TEXT PRIMARY KEY, course TEXT NOT NULL, student TEXT NOT NULL, kind TEXT NOT NULL, cents INTEGER NOT NULL, provider TEXT NOT NULL, stamp TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS ledger_by_student ON ledger (course, student);
CREATE TABLE IF NOT EXISTS access (course TEXT NOT NULL, student TEXT NOT NULL, enrolment TEXT NOT NULL, state TEXT NOT NULL, stamp TEXT NOT NULL, PRIMARY KEY (course, student)) STRICT;
CREATE TABLE IF NOT EXISTS progress (course TEXT NOT NULL, student TEXT NOT NULL, assessment TEXT NOT NULL, score REAL NOT NULL, day INTEGER NOT NULL, version INTEGER NOT NULL, stamp TEXT NOT NULL, PRIMARY KEY (course, student, assessment)) STRICT;
CREATE INDEX IF NOT EXISTS progress_by_stamp ON progress (stamp);
${auditSchema}`

export interface StrongStore {
  readonly database: Database
  /**
   * One audited change: `body` runs in a transaction with the stamp of the change, and the promise resolves when it is on
   * disk. It returns what to write into the audit log, or `undefined` where nothing changed (the request was a repetition).
   */
  change<T>(action: string, body: (stamp: string) => { readonly result: T; readonly facts?: object | undefined }): Promise<T>
  /** A read behind the same (switchable) slowness as a write. */
  read<T>(body: () => T): Promise<T>
  setDelay(delayMs: number): void
  close(): void
}

export interface StrongStoreOptions {
  readonly open: OpenDatabase
  readonly hybridClock: HybridClock
  readonly delay: (delayMs: number) => Promise<void>
}

interface Waiting {
  readonly make: () => void
  readonly commit: () => void
  readonly fail: (error: unknown) => void
}

export function openStrongStore({ open, hybridClock, delay }: StrongStoreOptions): StrongStore {
  const database = open('strong', schema, 'full')
  let delayMs = 0
  let queue: Waiting[] = []
  const slow = async (): Promise<void> => {
    if (delayMs > 0) await delay(delayMs)
  }

  /** Waiting for the disk is the dear part of a commit, so all changes that came meanwhile share one. Each may still fail alone. */
  const flush = (): void => {
    const batch = queue
    queue = []
    const made: Waiting[] = []
    try {
      database.transaction(() => {
        for (const waiting of batch) {
          try {
            database.transaction(waiting.make)
            made.push(waiting)
          } catch (error) {
            waiting.fail(error)
          }
        }
      })
    } catch (error) {
      for (const waiting of made) waiting.fail(error)
      return
    }
    for (const waiting of made) waiting.commit()
  }

  return {
    database,
    async change(action, body) {
      await slow()
      return new Promise((resolve, reject) => {
        let answer: { readonly value: Awaited<ReturnType<typeof body>>['result'] }
        const make = (): void => {
          const stamp = encode(hybridClock.now())
          const { result, facts } = body(stamp)
          if (facts !== undefined) appendAudit(database, stamp, action, facts)
          answer = { value: result }
        }
        queue.push({ make, commit: () => resolve(answer.value), fail: reject })
        if (queue.length === 1) void delay(0).then(flush)
      })
    },
    async read(body) {
      await slow()
      return body()
    },
    setDelay(next) {
      delayMs = next
    },
    close() {
      flush()
      database.close()
    },
  }
}
