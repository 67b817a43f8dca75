/**
 * The bucket in PL/pgSQL, called as one statement: lock the key's row, let time flow, apply the calls, write if something changed.
 * The same whole numbers as elsewhere, as doubles. The row lock makes it exact under any concurrency, and time is read once it is held.
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
CREATE OR REPLACE FUNCTION ${run}(k text, measures float8[], orders float8[], ids text[], remember float8, clock float8) RETURNS float8[] LANGUAGE plpgsql AS $body$
DECLARE
  most constant float8 := 4503599627370496;
  limits constant int := cardinality(measures) / 3;
  r record; known boolean; dirty boolean := false; within boolean;
  now_ms float8; elapsed float8 := 0; full_ms float8 := 0; block_ms float8 := 0; until float8;
  cost float8; fit float8; named int := 0;
  held float8[]; owed float8[]; reply float8[];
BEGIN
  LOOP
    SELECT * INTO r FROM ${table} t WHERE t.key = k FOR UPDATE;
    known := FOUND;
    EXIT WHEN known OR cardinality(ids) = 0;
    INSERT INTO ${table} VALUES (k, 0, 0, '{}', '{}', 0) ON CONFLICT DO NOTHING;
  END LOOP;
  now_ms := coalesce(clock, floor(extract(epoch FROM clock_timestamp()) * 1000));
  IF known THEN
    block_ms := r.blocked;
    elapsed := now_ms - r.last;
    IF elapsed < 0 THEN
      FOR i IN 1..limits LOOP full_ms := greatest(full_ms, ceil(measures[3 * i] / measures[3 * i - 1])); END LOOP;
      IF elapsed < -full_ms THEN
        block_ms := greatest(0, block_ms + elapsed);
        dirty := true;
      ELSE
        now_ms := r.last;
      END IF;
      elapsed := 0;
    END IF;
  END IF;
  FOR i IN 1..limits LOOP
    held[i] := measures[3 * i - 2];
    owed[i] := coalesce(r.debts[i], 0);
    IF r.weights[i] <> held[i] THEN owed[i] := least(most, ceil(owed[i] / r.weights[i]) * held[i]); END IF;
    owed[i] := greatest(0, owed[i] - elapsed * measures[3 * i - 1]);
  END LOOP;
  reply := greatest(0, block_ms - now_ms) || owed;

  FOR at IN 0..cardinality(orders) / 5 - 1 LOOP
    cost := orders[5 * at + 1];
    fit := orders[5 * at + 2];
    within := orders[5 * at + 3] = 1;
    IF within AND block_ms > now_ms THEN fit := 0; END IF;
    FOR i IN 1..limits LOOP
      IF cost > 0 THEN fit := least(fit, floor((CASE WHEN within THEN measures[3 * i] ELSE most END - owed[i]) / (cost * held[i]))); END IF;
    END LOOP;
    IF orders[5 * at + 4] = 1 THEN
      named := named + 1;
      IF fit > 0 THEN
        INSERT INTO ${table}_ids AS n VALUES (k, ids[named], now_ms + remember)
          ON CONFLICT (key, id) DO UPDATE SET full_at = EXCLUDED.full_at WHERE n.full_at <= now_ms;
        IF NOT FOUND THEN fit := 0; END IF;
      END IF;
      reply := reply || greatest(0, fit);
    END IF;
    IF fit > 0 AND (cost <> 0 OR orders[5 * at + 5] >= 0) THEN
      FOR i IN 1..limits LOOP owed[i] := greatest(0, owed[i] + fit * cost * held[i]); END LOOP;
      IF orders[5 * at + 5] >= 0 THEN block_ms := now_ms + orders[5 * at + 5]; END IF;
      dirty := true;
    END IF;
  END LOOP;

  IF dirty THEN
    until := greatest(now_ms, block_ms);
    FOR i IN 1..limits LOOP until := greatest(until, now_ms + ceil(owed[i] / measures[3 * i - 1])); END LOOP;
    IF known THEN
      UPDATE ${table} t SET last = now_ms, blocked = block_ms, weights = held, debts = owed, full_at = until WHERE t.key = k;
    ELSIF until > now_ms THEN
      INSERT INTO ${table} VALUES (k, now_ms, block_ms, held, owed, until) ON CONFLICT DO NOTHING;
      -- Somebody else made the row meanwhile: decide again, on theirs.
      IF NOT FOUND THEN RETURN ${run}(k, measures, orders, ids, remember, clock); END IF;
    END IF;
  END IF;
  RETURN reply;
END $body$;
`
}

/** The version is part of the name, so that two releases can run side by side. */
export const runName = (table: string): string => `${table}_v2`

/** Removes rows whose bucket is full, a bounded number at a time and never waiting for a lock. */
export function sweepStatement(table: string): string {
  const part = (name: string): string =>
    `DELETE FROM ${name} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${name} WHERE full_at < $1::bigint LIMIT 1000 FOR UPDATE SKIP LOCKED)) RETURNING 1`
  return `WITH buckets AS (${part(table)}), ids AS (${part(`${table}_ids`)}) SELECT (SELECT count(*) FROM buckets) + (SELECT count(*) FROM ids) AS removed`
}
