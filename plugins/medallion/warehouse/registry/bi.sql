-- Superset's objects that Medallion has made, how the last sync went, and how fresh gold is.

-- name: one_at_a_time
-- Of the session: Superset keeps one import, and answers a second one with an error.
SELECT pg_advisory_lock(hashtextextended('medallion.bi_sync', 0));

-- name: wait_at_most
SELECT set_config('lock_timeout', %(time)s, false);

-- name: ledger
SELECT uuid, kind, name, path, spec, wanted, found, sending FROM medallion.bi_objects;

-- name: begin
INSERT INTO medallion.bi_objects AS o (uuid, kind, name, path, spec, sending)
VALUES (%(uuid)s, %(kind)s, %(name)s, %(path)s, %(spec)s, %(sending)s)
ON CONFLICT (uuid) DO UPDATE
SET name = excluded.name, path = excluded.path, spec = excluded.spec, sending = excluded.sending,
    changed_at = clock_timestamp();

-- name: finish
UPDATE medallion.bi_objects
SET wanted = %(wanted)s, found = %(found)s, sending = NULL, changed_at = clock_timestamp()
WHERE uuid = %(uuid)s;

-- name: forget
DELETE FROM medallion.bi_objects WHERE uuid = %(uuid)s;

-- name: keep_success
INSERT INTO medallion.bi_sync (tried_at, succeeded_at) VALUES (clock_timestamp(), clock_timestamp())
ON CONFLICT (is_one) DO UPDATE
SET tried_at = excluded.tried_at, succeeded_at = excluded.succeeded_at, failing_since = NULL,
    problem = '';

-- name: keep_failure
INSERT INTO medallion.bi_sync AS s (tried_at, failing_since, problem)
VALUES (clock_timestamp(), clock_timestamp(), %(problem)s)
ON CONFLICT (is_one) DO UPDATE
SET tried_at = excluded.tried_at, problem = excluded.problem,
    failing_since = coalesce(s.failing_since, excluded.failing_since);

-- name: last_sync
SELECT tried_at, succeeded_at, failing_since, problem FROM medallion.bi_sync;

-- name: states
SELECT f.schema_name, f.table_name, f.message, p.publication_id
FROM medallion_bi.freshness AS f
LEFT JOIN medallion.publications AS p
    ON p.layer || '_' || p.domain = f.schema_name AND p.table_name = f.table_name
    AND p.is_current;

-- name: one_grant_at_a_time
-- A relation's rights are one row: of two that grant at once, the second would fail.
SELECT pg_advisory_xact_lock(hashtextextended('medallion.grants medallion_bi', 0));

-- name: may_read_freshness
SELECT has_schema_privilege(%(role)s, 'medallion_bi', 'USAGE')
   AND has_table_privilege(%(role)s, 'medallion_bi.freshness', 'SELECT');
