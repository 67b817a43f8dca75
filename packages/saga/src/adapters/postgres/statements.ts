/** The tables and every statement, for a schema. Fences are row locks in the statement that writes: a plain EXISTS would let a take slip in between. */

/** Of the tables. Those of builds before the first release have none. */
export const VERSION: number = 1

export interface Statements {
  /** Whether there are tables, and whether they say of which version. */
  readonly found: string
  readonly version: string
  readonly schema: string
  readonly sql: Readonly<Record<Statement, string>>
}

export type Statement =
  | 'create' | 'append' | 'patch' | 'many' | 'row' | 'rows' | 'appended' | 'forgetMail' | 'post' | 'mail' | 'take' | 'next' | 'logs' | 'mails' | 'beat' | 'owners'
  | 'list' | 'listRunning' | 'listParked' | 'queue' | 'enqueue' | 'holder' | 'locksOf' | 'unlock' | 'emit' | 'outbox' | 'sent' | 'takeIds' | 'adopt' | 'adoptLog' | 'adoptMail' | 'notify'

/** The store's time: the server's, in ms. `clock_timestamp` because a statement may have waited for a lock. */
const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::float8'

/** The condition of an index: a saga that runs through is never in it, so it costs such a one nothing. */
const PARKED = `state IN ('waiting', 'compensating', 'stuck')`

/** @param schema a checked identifier */
export function statementsFor(schema: string): Statements {
  const t = (name: string): string => `"${schema}".${name}`
  const row = (from: string): string => ['id', 'name', 'state', 'epoch', 'owner', 'wake_at', 'input', 'result', 'takes', 'parent', 'parent_ord', 'deadline_at', 'trace', 'created_at', 'updated_at']
    .map((column) => `${from}.${column}`).join(', ')
  // What a patch does to a row; a letter that the releasing record did not hear wakes the saga at once.
  const patch = (p: { state: string; result: string; takes: string; release: string; wake: string; read: string; seq: string; entries: string }): string => `
    state = coalesce(${p.state}, s.state), result = coalesce(${p.result}, s.result), takes = coalesce(${p.takes}, s.takes), updated_at = ${NOW},
    heard = greatest(s.heard, ${p.read}), owner = CASE WHEN ${p.release} THEN NULL ELSE s.owner END,
    wake_at = CASE WHEN NOT ${p.release} THEN s.wake_at WHEN s.letters > greatest(s.heard, ${p.read}) THEN ${NOW} ELSE ${p.wake} END,
    closed_at = CASE WHEN ${p.state} = 'completed' THEN ${NOW} ELSE s.closed_at END, closing_seq = CASE WHEN ${p.state} = 'completed' THEN ${p.seq} ELSE s.closing_seq END,
    closing = CASE WHEN ${p.state} = 'completed' THEN ${p.entries} ELSE s.closing END`
  // What is not in the saga's own row.
  const loose = (state: string, entries: string): string => `${entries} IS NOT NULL AND ${state} IS DISTINCT FROM 'completed'`
  // A record that was made before is not made again. Looking first writes less than ON CONFLICT; who loses a race is told by the key, and asks again.
  const fresh = (key: string, seq: string): string => `NOT EXISTS (SELECT 1 FROM ${t('saga_log')} l WHERE l.saga = ${key} AND l.seq = ${seq})`
  const columns = 'id, name, state, result, epoch, owner, wake_at, input, parent, parent_ord, deadline_at, trace, created_at, updated_at, opening'
  // A saga may end, or let go, with its first record.
  const made = (p: { state: string; result: string; owner: string; lease: string; release: string; wake: string }): string => `coalesce(${p.state}, 'running'), ${p.result}, 1,
    CASE WHEN ${p.release} THEN NULL ELSE ${p.owner} END, CASE WHEN ${p.release} THEN ${p.wake} ELSE ${NOW} + ${p.lease} END`
  const list = (which: string, from = t('saga')): string => `SELECT ${row('s')} FROM ${from} s WHERE id > $1 AND ($2::text IS NULL OR name = $2) AND ${which} ORDER BY id LIMIT $3`
  return {
    found: `SELECT to_regclass('${t('saga')}') IS NOT NULL AS saga, to_regclass('${t('saga_meta')}') IS NOT NULL AS meta`,
    version: `SELECT version FROM ${t('saga_meta')}`,
    // What never changes comes first: an update's log record leaves out the bytes that are the same from the start on.
    // Ids are compared byte by byte: pages come in the same order from every store, and through the key.
    // `opening` is the record that a saga is made with, `closing` the one that completes it: two rows and two index entries fewer for each saga.
    schema: `
      CREATE SCHEMA IF NOT EXISTS "${schema}";
      CREATE TABLE IF NOT EXISTS ${t('saga_meta')} (one bool PRIMARY KEY DEFAULT true, version int4 NOT NULL);
      INSERT INTO ${t('saga_meta')} (version) VALUES (${VERSION}) ON CONFLICT DO NOTHING;
      CREATE TABLE IF NOT EXISTS ${t('saga')} (
        key int8 GENERATED ALWAYS AS IDENTITY, created_at float8 NOT NULL, deadline_at float8, parent_ord int4, id text COLLATE "C" PRIMARY KEY, name text NOT NULL, input text NOT NULL,
        opening text, parent text, trace text, state text NOT NULL, epoch int4 NOT NULL, owner text, wake_at float8, result text, takes int4 NOT NULL DEFAULT 0,
        letters int4 NOT NULL DEFAULT 0, heard int4 NOT NULL DEFAULT 0, updated_at float8 NOT NULL, closed_at float8, closing_seq int4, closing text);
      CREATE INDEX IF NOT EXISTS saga_wake ON ${t('saga')} (wake_at) WHERE wake_at IS NOT NULL;
      CREATE INDEX IF NOT EXISTS saga_parked ON ${t('saga')} (state, id) WHERE ${PARKED};
      CREATE TABLE IF NOT EXISTS ${t('saga_log')} (saga int8 NOT NULL, at float8 NOT NULL, seq int4 NOT NULL, epoch int4 NOT NULL, entries text NOT NULL, PRIMARY KEY (saga, seq));
      CREATE TABLE IF NOT EXISTS ${t('saga_mail')} (saga text COLLATE "C" NOT NULL, number int4 NOT NULL, letter text NOT NULL, PRIMARY KEY (saga, number));
      CREATE TABLE IF NOT EXISTS ${t('saga_queue')} (name text PRIMARY KEY, last int8 NOT NULL);
      CREATE TABLE IF NOT EXISTS ${t('saga_lock')} (name text NOT NULL, place int8 NOT NULL, saga text COLLATE "C" NOT NULL, PRIMARY KEY (name, saga));
      CREATE INDEX IF NOT EXISTS saga_lock_holder ON ${t('saga_lock')} (saga);
      CREATE TABLE IF NOT EXISTS ${t('saga_outbox')} (
        number int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, saga text NOT NULL, key text NOT NULL UNIQUE, topic text NOT NULL, value text NOT NULL, leased_until float8 NOT NULL DEFAULT 0);`,
    sql: {
      create: `INSERT INTO ${t('saga')} (${columns})
        SELECT $1, $2, ${made({ state: '$11', result: '$12', owner: '$3', lease: '$4::float8', release: '$13::bool', wake: '$14::float8' })}, $5, $6, $7::int4, ${NOW} + $8::float8, $9, ${NOW}, ${NOW}, $10 ON CONFLICT (id) DO NOTHING`,
      append: `INSERT INTO ${t('saga_log')} SELECT s.key, ${NOW}, $3::int4, $2, $4 FROM ${t('saga')} s WHERE s.id = $1 AND s.epoch = $2 AND ${fresh('s.key', '$3')} FOR SHARE OF s`,
      patch: `WITH held AS (UPDATE ${t('saga')} s SET ${patch({ state: '$5::text', result: '$6', takes: '$7::int4', release: '$8::bool', wake: '$9::float8', read: '$10::int4', seq: '$3::int4', entries: '$4::text' })}
        WHERE id = $1 AND epoch = $2 RETURNING id, key),
        logged AS (INSERT INTO ${t('saga_log')} SELECT key, ${NOW}, $3::int4, $2, $4::text FROM held WHERE ${loose('$5::text', '$4::text')} AND ${fresh('held.key', '$3')})
        SELECT id FROM held`,
      many: `WITH n AS (SELECT * FROM unnest($1::text[], $2::int4[], $3::int4[], $4::text[], $5::text[], $6::text[], $7::int4[], $8::bool[], $9::float8[], $10::int4[],
          $11::text[], $12::text[], $13::float8[], $14::text[], $15::text[], $16::int4[], $17::float8[], $18::text[])
          AS t(id, epoch, seq, entries, state, result, takes, release, wake, read, name, owner, lease, input, parent, parent_ord, deadline, trace)),
        made AS (INSERT INTO ${t('saga')} (${columns})
          SELECT id, name, ${made({ state: 'state', result: 'result', owner: 'owner', lease: 'lease', release: 'release', wake: 'wake' })}, input, parent, parent_ord, ${NOW} + deadline, trace, ${NOW}, ${NOW}, entries FROM n WHERE name IS NOT NULL
          ON CONFLICT (id) DO NOTHING RETURNING id),
        patched AS (UPDATE ${t('saga')} s SET ${patch({ state: 'n.state', result: 'n.result', takes: 'n.takes', release: 'n.release', wake: 'n.wake', read: 'n.read', seq: 'n.seq', entries: 'n.entries' })}
          FROM n WHERE n.name IS NULL AND n.release IS NOT NULL AND s.id = n.id AND s.epoch = n.epoch RETURNING s.id, s.key),
        held AS (SELECT s.id, s.key FROM ${t('saga')} s JOIN n ON n.id = s.id AND n.epoch = s.epoch WHERE n.name IS NULL AND n.release IS NULL ORDER BY s.id FOR SHARE OF s),
        fit AS (SELECT id, key FROM patched UNION ALL SELECT id, key FROM held),
        logged AS (INSERT INTO ${t('saga_log')} SELECT fit.key, ${NOW}, n.seq, n.epoch, n.entries FROM n JOIN fit ON fit.id = n.id WHERE ${loose('n.state', 'n.entries')} AND ${fresh('fit.key', 'n.seq')})
        SELECT id FROM fit UNION ALL SELECT id FROM made`,
      row: `SELECT ${row('s')} FROM ${t('saga')} s WHERE id = $1`,
      rows: `SELECT ${row('s')} FROM ${t('saga')} s WHERE id = ANY($1::text[])`,
      appended: `SELECT 1 FROM ${t('saga')} s WHERE s.id = $1 AND s.epoch = $3
        AND (s.closing_seq = $2 OR EXISTS (SELECT 1 FROM ${t('saga_log')} l WHERE l.saga = s.key AND l.seq = $2 AND l.epoch = $3))`,
      forgetMail: `DELETE FROM ${t('saga_mail')} WHERE saga = $1 AND number <= $2`,
      post: `WITH told AS (UPDATE ${t('saga')} SET letters = letters + 1, wake_at = CASE WHEN owner IS NULL THEN ${NOW} ELSE wake_at END
        WHERE id = $1 AND state <> 'compensated' AND (state <> 'completed' OR $3::bool) RETURNING letters)
        INSERT INTO ${t('saga_mail')} SELECT $1, letters, $2 FROM told RETURNING number`,
      mail: `SELECT m.saga, m.number, m.letter FROM ${t('saga_mail')} m JOIN ${t('saga')} s ON s.id = m.saga WHERE s.owner = $1 ORDER BY m.saga, m.number`,
      take: `WITH due AS (SELECT id, owner, wake_at FROM ${t('saga')} WHERE wake_at IS NOT NULL AND name = ANY($1::text[]) AND (wake_at <= ${NOW} OR owner = ANY($5::text[]))
          ORDER BY wake_at LIMIT $4 FOR UPDATE SKIP LOCKED)
        UPDATE ${t('saga')} s SET epoch = s.epoch + 1, owner = $2, wake_at = ${NOW} + $3::float8, takes = s.takes + 1 FROM due WHERE s.id = due.id
        RETURNING ${row('s')}, due.owner AS "from", due.wake_at AS due`,
      takeIds: `WITH due AS (SELECT id, owner, wake_at FROM ${t('saga')} WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE)
        UPDATE ${t('saga')} s SET epoch = s.epoch + 1, owner = $2, wake_at = ${NOW} + $3::float8, takes = s.takes + 1 FROM due WHERE s.id = due.id
        RETURNING ${row('s')}, due.owner AS "from", due.wake_at AS due`,
      adopt: `INSERT INTO ${t('saga')} (id, name, state, epoch, owner, wake_at, input, result, takes, parent, parent_ord, deadline_at, trace, letters, heard, created_at, updated_at)
        VALUES ($1, $2, $3, $4, NULL, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (id) DO NOTHING RETURNING id`,
      adoptLog: `INSERT INTO ${t('saga_log')} SELECT (SELECT key FROM ${t('saga')} WHERE id = $1), at, seq, $2, entries FROM unnest($3::int4[], $4::float8[], $5::text[]) AS n(seq, at, entries)`,
      adoptMail: `INSERT INTO ${t('saga_mail')} SELECT $1, number, letter FROM unnest($2::int4[], $3::text[]) AS n(number, letter)`,
      next: `SELECT ${NOW} AS now, (SELECT min(wake_at) FROM ${t('saga')} WHERE wake_at IS NOT NULL AND owner IS DISTINCT FROM $1 AND name = ANY($2::text[])) AS at`,
      // OFFSET 0: saga by saga through the key, whatever the planner believes of a log that it has no statistics of (it would read the whole of it).
      logs: `SELECT id AS saga, 0 AS seq, created_at AS at, opening AS entries FROM ${t('saga')} WHERE id = ANY($1::text[]) AND opening IS NOT NULL
        UNION ALL SELECT id, closing_seq, closed_at, closing FROM ${t('saga')} WHERE id = ANY($1::text[]) AND closing IS NOT NULL
        UNION ALL SELECT s.id, l.seq, l.at, l.entries FROM ${t('saga')} s CROSS JOIN LATERAL (SELECT seq, at, entries FROM ${t('saga_log')} WHERE saga = s.key OFFSET 0) l
          WHERE s.id = ANY($1::text[]) ORDER BY saga, seq`,
      mails: `SELECT saga, number, letter FROM ${t('saga_mail')} WHERE saga = ANY($1::text[]) ORDER BY saga, number`,
      beat: `UPDATE ${t('saga')} s SET wake_at = ${NOW} + $3::float8 FROM (SELECT * FROM unnest($1::text[], $2::int4[]) AS t(id, epoch) ORDER BY id COLLATE "C") n WHERE s.id = n.id AND s.epoch = n.epoch RETURNING s.id`,
      owners: `SELECT DISTINCT owner FROM ${t('saga')} WHERE wake_at IS NOT NULL AND owner IS NOT NULL`,
      list: list('($4::text IS NULL OR state = $4)'),
      // OFFSET 0: first those few that will wake, by their index; then their order.
      listRunning: list('state = $4', `(SELECT * FROM ${t('saga')} WHERE wake_at IS NOT NULL OFFSET 0)`),
      listParked: list(`state = $4 AND ${PARKED}`),
      // The row of the queue is locked until the transaction ends, so places are given in the order in which they can be seen.
      queue: `INSERT INTO ${t('saga_queue')} VALUES ($1, 1) ON CONFLICT (name) DO UPDATE SET last = saga_queue.last + 1 RETURNING last`,
      enqueue: `INSERT INTO ${t('saga_lock')} VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
      holder: `SELECT saga FROM ${t('saga_lock')} WHERE name = $1 ORDER BY place LIMIT 1`,
      locksOf: `SELECT name FROM ${t('saga_lock')} WHERE saga = $1 ORDER BY name`,
      unlock: `DELETE FROM ${t('saga_lock')} WHERE saga = $1`,
      emit: `INSERT INTO ${t('saga_outbox')} (saga, key, topic, value) VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO NOTHING`,
      outbox: `UPDATE ${t('saga_outbox')} SET leased_until = ${NOW} + $1::float8 WHERE number IN (
        SELECT number FROM ${t('saga_outbox')} WHERE saga NOT IN (SELECT saga FROM ${t('saga_outbox')} WHERE leased_until > ${NOW}) ORDER BY number LIMIT $2)
        RETURNING number::float8 AS number, saga, key, topic, value`,
      notify: `SELECT pg_notify($1, '')`,
      sent: `DELETE FROM ${t('saga_outbox')} WHERE number = ANY($1::int8[])`,
    },
  }
}
