/**
 * The bucket in PL/pgSQL, called as one statement: lock the key's row, let time flow, apply the calls, write if something changed.
 * The same whole numbers as elsewhere, as bigint. The row lock makes it exact under any concurrency, and time is read once it is held.
 *
 * The table is unlogged: a crash of the server gives every key one full burst and costs nothing otherwise, where a logged one would pay
 * the disk for every request. No second index, and room in the pages, so that an update stays within its page (HOT).
 */
export function schema(table: string, logged: boolean): string {
  const run = runName(table)
  return `
SELECT pg_advisory_xact_lock(hashtextextended('${table}', 0));
CREATE ${logged ? '' : 'UNLOGGED '}TABLE IF NOT EXISTS ${table} (
  key text COLLATE "C" PRIMARY KEY, last bigint NOT NULL, blocked bigint NOT NULL, weights bigint[] NOT NULL, debts bigint[] NOT NULL, full_at bigint NOT NULL
) WITH (fillfactor = 70);
CREATE ${logged ? '' : 'UNLOGGED '}TABLE IF NOT EXISTS ${table}_ids (
  key text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, full_at bigint NOT NULL, PRIMARY KEY (key, id)
);
CREATE OR REPLACE FUNCTION ${run}(k text, measures bigint[], calls bigint[], ids text[], remember bigint, clock bigint) RETURNS bigint[] LANGUAGE plpgsql AS $body$
<<bucket>>
DECLARE
  most constant bigint := 4503599627370496;
  limits constant int := cardinality(measures) / 3;
  r record;
  known boolean; dirty boolean := false; is_new boolean; fits boolean;
  now_ms bigint; elapsed bigint; full_ms bigint; blocked bigint; debt bigint; fit bigint; until bigint; room bigint;
  weights bigint[]; debts bigint[]; reply bigint[];
  verb bigint; cost bigint; named int := 0;
BEGIN
  LOOP
    SELECT t.last, t.blocked, t.weights, t.debts INTO r FROM ${table} t WHERE t.key = k FOR UPDATE;
    known := FOUND;
    EXIT WHEN known OR cardinality(ids) = 0;
    INSERT INTO ${table} VALUES (k, 0, 0, '{}', '{}', 0) ON CONFLICT DO NOTHING;
  END LOOP;
  now_ms := coalesce(clock, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint);
  blocked := 0; weights := '{}'; debts := '{}';
  elapsed := 0;
  IF known THEN
    blocked := r.blocked;
    elapsed := now_ms - r.last;
    IF elapsed < 0 THEN
      full_ms := 0;
      FOR i IN 1..limits LOOP full_ms := greatest(full_ms, (measures[3 * i] + measures[3 * i - 1] - 1) / measures[3 * i - 1]); END LOOP;
      IF -elapsed > full_ms THEN
        IF blocked > 0 THEN blocked := blocked + elapsed; END IF;
        dirty := true;
      ELSE
        now_ms := r.last;
      END IF;
      elapsed := 0;
    END IF;
  END IF;
  FOR i IN 1..limits LOOP
    debt := 0;
    IF known THEN debt := coalesce(r.debts[i], 0); END IF;
    IF debt > 0 AND r.weights[i] <> measures[3 * i - 2] THEN
      debt := least(most::numeric, ((debt + r.weights[i] - 1) / r.weights[i])::numeric * measures[3 * i - 2])::bigint;
    END IF;
    IF elapsed >= (debt + measures[3 * i - 1] - 1) / measures[3 * i - 1] THEN debt := 0; ELSE debt := debt - elapsed * measures[3 * i - 1]; END IF;
    debts[i] := debt;
    weights[i] := measures[3 * i - 2];
  END LOOP;
  reply := ARRAY[greatest(0, blocked - now_ms)] || debts;

  FOR at IN 0..cardinality(calls) / 4 - 1 LOOP
    verb := calls[4 * at + 1]; cost := calls[4 * at + 2];
    IF verb = 1 THEN
      fit := calls[4 * at + 3];
      IF cost = 0 OR blocked > now_ms THEN fit := 0; END IF;
      FOR i IN 1..limits LOOP
        IF fit > 0 THEN
          IF cost > measures[3 * i] / weights[i] THEN fit := 0;
          ELSE
            room := measures[3 * i] - debts[i];
            fit := CASE WHEN room < 0 THEN 0 ELSE least(fit, room / (cost * weights[i])) END;
          END IF;
        END IF;
      END LOOP;
      IF fit > 0 THEN
        FOR i IN 1..limits LOOP debts[i] := debts[i] + fit * cost * weights[i]; END LOOP;
        dirty := true;
      END IF;
    ELSIF verb = 2 OR verb = 3 THEN
      fits := true;
      IF verb = 3 THEN
        FOR i IN 1..limits LOOP IF cost > (most - debts[i]) / weights[i] THEN fits := false; END IF; END LOOP;
      END IF;
      is_new := fits;
      IF calls[4 * at + 4] = 1 THEN
        named := named + 1;
        IF fits THEN
          INSERT INTO ${table}_ids AS n VALUES (k, ids[named], now_ms + remember)
            ON CONFLICT (key, id) DO UPDATE SET full_at = EXCLUDED.full_at WHERE n.full_at <= now_ms;
          is_new := FOUND;
        END IF;
        reply := reply || CASE WHEN is_new THEN 1::bigint ELSE 0::bigint END;
      END IF;
      IF is_new THEN
        FOR i IN 1..limits LOOP
          IF verb = 3 THEN debts[i] := debts[i] + cost * weights[i];
          ELSIF cost >= (debts[i] + weights[i] - 1) / weights[i] THEN debts[i] := 0;
          ELSE debts[i] := debts[i] - cost * weights[i]; END IF;
        END LOOP;
        dirty := true;
      END IF;
    ELSIF verb = 4 THEN
      blocked := now_ms + cost;
      dirty := true;
    ELSE
      blocked := 0;
      FOR i IN 1..limits LOOP debts[i] := 0; END LOOP;
      dirty := true;
    END IF;
  END LOOP;

  IF dirty THEN
    until := greatest(now_ms, blocked);
    FOR i IN 1..limits LOOP until := greatest(until, now_ms + (debts[i] + measures[3 * i - 1] - 1) / measures[3 * i - 1]); END LOOP;
    IF known THEN
      UPDATE ${table} t SET last = now_ms, blocked = bucket.blocked, weights = bucket.weights, debts = bucket.debts, full_at = until WHERE t.key = k;
    ELSIF until > now_ms THEN
      INSERT INTO ${table} VALUES (k, now_ms, bucket.blocked, bucket.weights, bucket.debts, until) ON CONFLICT DO NOTHING;
      -- Somebody else made the row meanwhile: decide again, on theirs.
      IF NOT FOUND THEN RETURN ${run}(k, measures, calls, ids, remember, clock); END IF;
    END IF;
  END IF;
  RETURN reply;
END $body$;
`
}

/** The version is part of the name, so that two releases can run side by side. */
export const runName = (table: string): string => `${table}_v1`

/** Removes rows whose bucket is full, a bounded number at a time and never waiting for a lock. */
export function sweepStatement(table: string): string {
  const part = (name: string): string =>
    `DELETE FROM ${name} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${name} WHERE full_at < $1::bigint LIMIT 1000 FOR UPDATE SKIP LOCKED)) RETURNING 1`
  return `WITH buckets AS (${part(table)}), ids AS (${part(`${table}_ids`)}) SELECT (SELECT count(*) FROM buckets) + (SELECT count(*) FROM ids) AS removed`
}
