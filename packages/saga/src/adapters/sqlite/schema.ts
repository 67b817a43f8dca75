/** The tables and every statement. One row of `saga_log` is one commit's worth of entries. */

export const VERSION = 1

export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS saga_meta (version INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS saga (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, epoch INTEGER NOT NULL, owner TEXT, wake_at REAL,
    input TEXT NOT NULL, result TEXT, takes INTEGER NOT NULL DEFAULT 0, parent TEXT, parent_ord INTEGER, deadline_at REAL, trace TEXT,
    letters INTEGER NOT NULL DEFAULT 0, heard INTEGER NOT NULL DEFAULT 0, created_at REAL NOT NULL, updated_at REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS saga_wake ON saga (wake_at) WHERE wake_at IS NOT NULL;
  CREATE INDEX IF NOT EXISTS saga_state ON saga (state, id) WHERE state <> 'completed';
  CREATE TABLE IF NOT EXISTS saga_log (
    saga TEXT NOT NULL, seq INTEGER NOT NULL, epoch INTEGER NOT NULL, at REAL NOT NULL, entries TEXT NOT NULL, PRIMARY KEY (saga, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS saga_mail (saga TEXT NOT NULL, number INTEGER NOT NULL, letter TEXT NOT NULL, PRIMARY KEY (saga, number)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS saga_lock (place INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, saga TEXT NOT NULL, UNIQUE (name, saga)) STRICT;
  CREATE INDEX IF NOT EXISTS saga_lock_holder ON saga_lock (saga);
  CREATE TABLE IF NOT EXISTS saga_outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT, saga TEXT NOT NULL, key TEXT NOT NULL UNIQUE, topic TEXT NOT NULL, value TEXT NOT NULL, leased_until REAL NOT NULL DEFAULT 0
  ) STRICT;
`

const ROW = `id, name, state, epoch, owner, wake_at AS wakeAt, input, result, takes, parent, parent_ord AS parentOrd, deadline_at AS deadlineAt, trace,
  letters, heard, created_at AS createdAt, updated_at AS updatedAt`

export type Statement =
  | 'insert' | 'row' | 'append' | 'appended' | 'patch' | 'release' | 'hear' | 'forgetMail' | 'letter' | 'post' | 'mail' | 'take'
  | 'due' | 'bury' | 'next' | 'log' | 'mailOf' | 'beat' | 'owners' | 'list' | 'lock' | 'holder' | 'locksOf' | 'unlock' | 'emit'
  | 'outbox' | 'sent' | 'adopt' | 'adoptLog'

export const SQL: Readonly<Record<Statement, string>> = {
  insert: `INSERT INTO saga (id, name, state, epoch, owner, wake_at, input, parent, parent_ord, deadline_at, trace, created_at, updated_at)
    VALUES (?, ?, 'running', 1, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  row: `SELECT ${ROW} FROM saga WHERE id = ?`,
  /** The fence is in the statement that writes: nothing is appended under an epoch that has passed. */
  append: `INSERT INTO saga_log (saga, seq, epoch, at, entries) SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM saga WHERE id = ?1 AND epoch = ?3)
    ON CONFLICT (saga, seq) DO NOTHING`,
  appended: `SELECT 1 FROM saga JOIN saga_log ON saga_log.saga = saga.id WHERE saga.id = ? AND seq = ? AND saga.epoch = ?3 AND saga_log.epoch = ?3`,
  patch: `UPDATE saga SET state = coalesce(?3, state), result = coalesce(?4, result), takes = coalesce(?5, takes), updated_at = ?6 WHERE id = ?1 AND epoch = ?2`,
  /** A letter that the releasing record did not hear wakes the saga at once. */
  release: `UPDATE saga SET state = coalesce(?3, state), result = coalesce(?4, result), takes = coalesce(?5, takes), updated_at = ?6, owner = NULL,
    wake_at = CASE WHEN letters > max(heard, ?8) THEN ?6 ELSE ?7 END, heard = max(heard, ?8) WHERE id = ?1 AND epoch = ?2`,
  hear: `UPDATE saga SET heard = max(heard, ?3) WHERE id = ?1 AND epoch = ?2`,
  forgetMail: `DELETE FROM saga_mail WHERE saga = ? AND number <= ?`,
  letter: `UPDATE saga SET letters = letters + 1, wake_at = CASE WHEN owner IS NULL THEN ?2 ELSE wake_at END
    WHERE id = ?1 AND state <> 'compensated' AND (state <> 'completed' OR ?3) RETURNING letters`,
  post: `INSERT INTO saga_mail (saga, number, letter) VALUES (?, ?, ?)`,
  mail: `SELECT saga_mail.saga AS saga, number, letter FROM saga_mail JOIN saga ON saga.id = saga_mail.saga WHERE saga.owner = ? ORDER BY saga_mail.saga, number`,
  take: `UPDATE saga SET epoch = epoch + 1, owner = ?2, wake_at = ?3, takes = takes + 1 WHERE id = ?1 RETURNING ${ROW}`,
  adopt: `INSERT INTO saga (id, name, state, epoch, owner, wake_at, input, result, takes, parent, parent_ord, deadline_at, trace, letters, heard, created_at, updated_at)
    VALUES (?, ?, ?, ?, NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
  adoptLog: `INSERT INTO saga_log (saga, seq, epoch, at, entries) VALUES (?, ?, ?, ?, ?)`,
  due: `SELECT id, owner FROM saga WHERE wake_at IS NOT NULL AND wake_at <= ?1 AND name IN (SELECT value FROM json_each(?2)) ORDER BY wake_at LIMIT ?3`,
  bury: `UPDATE saga SET wake_at = 0 WHERE wake_at IS NOT NULL AND owner IN (SELECT value FROM json_each(?))`,
  next: `SELECT wake_at AS at FROM saga WHERE wake_at IS NOT NULL AND owner IS NOT ?1 AND name IN (SELECT value FROM json_each(?2)) ORDER BY wake_at LIMIT 1`,
  log: `SELECT seq, at, entries FROM saga_log WHERE saga = ? ORDER BY seq`,
  mailOf: `SELECT saga, number, letter FROM saga_mail WHERE saga = ? ORDER BY number`,
  beat: `UPDATE saga SET wake_at = ?3 WHERE id = ?1 AND epoch = ?2`,
  owners: `SELECT DISTINCT owner FROM saga WHERE wake_at IS NOT NULL AND owner IS NOT NULL`,
  list: `SELECT ${ROW} FROM saga WHERE id > ?1 AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR name = ?3) ORDER BY id LIMIT ?4`,
  lock: `INSERT INTO saga_lock (name, saga) VALUES (?, ?) ON CONFLICT DO NOTHING`,
  holder: `SELECT saga FROM saga_lock WHERE name = ? ORDER BY place LIMIT 1`,
  locksOf: `SELECT name FROM saga_lock WHERE saga = ?`,
  unlock: `DELETE FROM saga_lock WHERE saga = ?`,
  emit: `INSERT INTO saga_outbox (saga, key, topic, value) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  outbox: `UPDATE saga_outbox SET leased_until = ?1 WHERE number IN (
    SELECT number FROM saga_outbox WHERE saga NOT IN (SELECT saga FROM saga_outbox WHERE leased_until > ?2) ORDER BY number LIMIT ?3) RETURNING number, saga, key, topic, value`,
  sent: `DELETE FROM saga_outbox WHERE number = ?`,
}
