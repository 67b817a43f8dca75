// Promise: no entry of the audit log can be changed, dropped or put in later without the chain telling.

import { createHash } from 'node:crypto'
import type { Database } from './database.ts'

export const auditSchema = `
CREATE TABLE IF NOT EXISTS audit (
  sequence INTEGER PRIMARY KEY,
  stamp TEXT NOT NULL,
  action TEXT NOT NULL,
  facts TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS audit_head (id INTEGER PRIMARY KEY CHECK (id = 1), sequence INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;`

export interface AuditEntry {
  readonly sequence: number
  readonly stamp: string
  readonly action: string
  readonly facts: string
  readonly previous: string
  readonly hash: string
}

export type AuditVerdict =
  | { readonly holds: true; readonly entries: number; readonly head: string }
  | { readonly holds: false; readonly entries: number; readonly sequence: number; readonly reason: string }

const genesis = '0'.repeat(64)

/** Lengths stand before the fields, so that no two different entries ever hash the same text. */
function hashOf(entry: Omit<AuditEntry, 'hash'>): string {
  const hash = createHash('sha256')
  for (const field of [String(entry.sequence), entry.stamp, entry.action, entry.facts, entry.previous]) hash.update(`${field.length}:${field}`)
  return hash.digest('hex')
}

/** Appends one entry. Call it inside the transaction that makes the change it tells of. */
export function appendAudit(database: Database, stamp: string, action: string, facts: object): void {
  const last = database.get<{ sequence: number; hash: string }>('SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1')
  const entry = { sequence: (last?.sequence ?? 0) + 1, stamp, action, facts: JSON.stringify(facts), previous: last?.hash ?? genesis }
  const hash = hashOf(entry)
  database.run(
    'INSERT INTO audit (sequence, stamp, action, facts, previous, hash) VALUES (?, ?, ?, ?, ?, ?)',
    entry.sequence, entry.stamp, entry.action, entry.facts, entry.previous, hash,
  )
  // Kept apart, so that entries cut off at the end are missed.
  database.run('INSERT OR REPLACE INTO audit_head (id, sequence, hash) VALUES (1, ?, ?)', entry.sequence, hash)
}

/** Walks the whole chain. Stamps must rise as well: a log written by one clock never goes back. */
export function verifyAudit(database: Database): AuditVerdict {
  let previous = genesis
  let stamp = ''
  let sequence = 0
  for (const entry of database.all<AuditEntry>('SELECT sequence, stamp, action, facts, previous, hash FROM audit ORDER BY sequence')) {
    const fail = (reason: string): AuditVerdict => ({ holds: false, entries: sequence, sequence: entry.sequence, reason })
    if (entry.sequence !== sequence + 1) return fail(`entry ${sequence + 1} is missing`)
    if (entry.previous !== previous) return fail('it does not name the hash of the entry before it')
    if (entry.hash !== hashOf(entry)) return fail('its text does not match its hash')
    if (entry.stamp <= stamp) return fail('its stamp does not come after the stamp before it')
    ;({ sequence, hash: previous, stamp } = entry)
  }
  const head = database.get<{ sequence: number; hash: string }>('SELECT sequence, hash FROM audit_head')
  if ((head?.sequence ?? 0) !== sequence || (head?.hash ?? genesis) !== previous) {
    return { holds: false, entries: sequence, sequence: sequence + 1, reason: `the log ends after ${sequence} entries, and ${head?.sequence ?? 0} were written` }
  }
  return { holds: true, entries: sequence, head: previous }
}
