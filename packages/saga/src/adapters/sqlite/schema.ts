/**
 * The tables and every statement. One row of `saga_log` is one commit's worth of entries; the record that a saga is made with (`opening`) and the one that completes
 * it (`closing`) are in its own row.
 */

export const VERSION: number = 2

/** The condition of an index, which is found by these very words: a saga that runs through is never in it. */
const PARKED = `state IN ('waiting', 'compensating', 'stuck')`

export const SCHEMA: string = `
CREATE TABLE IF NOT EXISTS saga_meta (version INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS saga (
id TEXT PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, epoch INTEGER NOT NULL, owner TEXT, wake_at REAL,
input TEXT NOT NULL, result TEXT, takes INTEGER NOT NULL, parent TEXT, parent_ord INTEGER, deadline_at REAL, trace TEXT,
created_at REAL NOT NULL, updated_at REAL NOT NULL, letters INTEGER NOT NULL, heard INTEGER NOT NULL, opening TEXT, closed_at REAL, closing_seq INTEGER, closing TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS saga_wake ON saga (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS saga_parked ON saga (state, id) WHERE ${PARKED};
CREATE TABLE IF NOT EXISTS saga_log (saga TEXT, seq INTEGER, epoch INTEGER NOT NULL, at REAL NOT NULL, entries TEXT NOT NULL, PRIMARY KEY (saga, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS saga_mail (saga TEXT, number INTEGER, letter TEXT NOT NULL, PRIMARY KEY (saga, number)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS saga_lock (place INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, saga TEXT NOT NULL, UNIQUE (name, saga)) STRICT;
CREATE INDEX IF NOT EXISTS saga_lock_holder ON saga_lock (saga);
CREATE TABLE IF NOT EXISTS saga_outbox (
number INTEGER PRIMARY KEY AUTOINCREMENT, saga TEXT NOT NULL, key TEXT NOT NULL UNIQUE, topic TEXT NOT NULL, value TEXT NOT NULL, leased_until REAL NOT NULL DEFAULT 0
) STRICT;`

/** The columns of a row as the engine knows it, in the order of `insert`. */
export const COLUMNS: readonly string[] = ['id', 'name', 'state', 'epoch', 'owner', 'wake_at', 'input', 'result', 'takes', 'parent', 'parent_ord', 'deadline_at', 'trace', 'created_at', 'updated_at']

const ROW = COLUMNS.join()
const NAMED = 'name IN (SELECT value FROM json_each(?2))'
const LIVE = 'FROM saga WHERE wake_at IS NOT NULL AND'
const PAGE = 'id > ?1 AND (?2 IS NULL OR name = ?2) ORDER BY id LIMIT ?3'

export const SQL = {
  insert: `INSERT INTO saga (${ROW}, letters, heard, opening) VALUES (${'?,'.repeat(COLUMNS.length)}?,?,?) ON CONFLICT DO NOTHING`,
  row: `SELECT ${ROW} FROM saga WHERE id = ?`,
  /** The fence is in the statement that writes: nothing is appended under an epoch that has passed. */
  append: `INSERT INTO saga_log SELECT id, ?2, epoch, ?4, ?5 FROM saga WHERE id = ?1 AND epoch = ?3 ON CONFLICT DO NOTHING`,
  appended: 'SELECT 1 FROM saga LEFT JOIN saga_log ON saga = id AND seq = ?2 AND saga_log.epoch = ?3 WHERE id = ?1 AND saga.epoch = ?3 AND (closing_seq = ?2 OR seq = ?2)',
  /** ?8: the lease goes back. A letter that the releasing record did not hear wakes the saga at once. */
  patch: `UPDATE saga SET state = coalesce(?3, state), result = coalesce(?4, result), takes = coalesce(?5, takes), updated_at = ?6, heard = max(heard, ?7),
owner = iif(?8, NULL, owner), wake_at = iif(?8, iif(letters > max(heard, ?7), ?6, ?9), wake_at),
closed_at = iif(?10 IS NULL, closed_at, ?6), closing_seq = iif(?10 IS NULL, closing_seq, ?11), closing = coalesce(?10, closing) WHERE id = ?1 AND epoch = ?2 AND (?10 IS NULL OR closing_seq IS NOT ?11)`,
  forgetMail: 'DELETE FROM saga_mail WHERE saga = ? AND number <= ?',
  letter: `UPDATE saga SET letters = letters + 1, wake_at = iif(owner IS NULL, ?2, wake_at)
WHERE id = ?1 AND state <> 'compensated' AND (state <> 'completed' OR ?3) RETURNING letters`,
  post: 'INSERT INTO saga_mail VALUES (?, ?, ?)',
  mail: 'SELECT saga, number, letter FROM saga_mail JOIN saga ON id = saga WHERE owner = ? ORDER BY saga, number',
  take: `UPDATE saga SET epoch = epoch + 1, owner = ?2, wake_at = ?3, takes = takes + 1 WHERE id = ?1 RETURNING ${ROW}`,
  due: `SELECT id, owner ${LIVE} wake_at <= ?1 AND ${NAMED} ORDER BY wake_at LIMIT ?3`,
  bury: 'UPDATE saga SET wake_at = 0 WHERE wake_at IS NOT NULL AND owner IN (SELECT value FROM json_each(?))',
  next: `SELECT wake_at ${LIVE} owner IS NOT ?1 AND ${NAMED} ORDER BY wake_at LIMIT 1`,
  log: `SELECT 0 AS seq, created_at AS at, opening AS entries FROM saga WHERE id = ?1 AND opening IS NOT NULL
UNION ALL SELECT closing_seq, closed_at, closing FROM saga WHERE id = ?1 AND closing IS NOT NULL
UNION ALL SELECT seq, at, entries FROM saga_log WHERE saga = ?1 ORDER BY seq`,
  mailOf: 'SELECT saga, number, letter FROM saga_mail WHERE saga = ? ORDER BY number',
  beat: 'UPDATE saga SET wake_at = ?3 WHERE id = ?1 AND epoch = ?2',
  owners: `SELECT DISTINCT owner ${LIVE} owner IS NOT NULL`,
  list: `SELECT ${ROW} FROM saga WHERE (?4 IS NULL OR state = ?4) AND ${PAGE}`,
  listRunning: `SELECT ${ROW} FROM saga INDEXED BY saga_wake WHERE wake_at IS NOT NULL AND state = ?4 AND ${PAGE}`,
  listParked: `SELECT ${ROW} FROM saga WHERE state = ?4 AND ${PARKED} AND ${PAGE}`,
  lock: 'INSERT INTO saga_lock (name, saga) VALUES (?, ?) ON CONFLICT DO NOTHING',
  holder: 'SELECT saga FROM saga_lock WHERE name = ? ORDER BY place LIMIT 1',
  locksOf: 'SELECT name FROM saga_lock WHERE saga = ?',
  unlock: 'DELETE FROM saga_lock WHERE saga = ?',
  emit: 'INSERT INTO saga_outbox (saga, key, topic, value) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
  outbox: `UPDATE saga_outbox SET leased_until = ?1 WHERE number IN (
SELECT number FROM saga_outbox WHERE saga NOT IN (SELECT saga FROM saga_outbox WHERE leased_until > ?2) ORDER BY number LIMIT ?3) RETURNING number, saga, key, topic, value`,
  sent: 'DELETE FROM saga_outbox WHERE number = ?',
  adoptLog: 'INSERT INTO saga_log VALUES (?, ?, ?, ?, ?)',
}

export type Statement = keyof typeof SQL
