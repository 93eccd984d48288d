-- What is in quarantine and why. {table} is a table's quarantine, or a run's rejects.

-- name: reason_kind
-- A `reason` without what differs from row to row (the value that it quotes, the line that it names):
-- rows are grouped by it, and by no other text.
regexp_replace(regexp_replace(reason, '".*"', '"…"'), '^line [0-9]+: ', '')

-- name: tables
-- Every quarantine of the warehouse, by name.
SELECT schemaname, tablename
FROM pg_tables
WHERE starts_with(schemaname, %(prefix)s)
ORDER BY schemaname, tablename;

-- name: counts
-- Rows that are open and that were replayed; the runs, and the age, of those that are open.
SELECT count(*) FILTER (WHERE replayed_at IS NULL),
       count(*) FILTER (WHERE replayed_at IS NOT NULL),
       count(DISTINCT (dag_id, run_id)) FILTER (WHERE replayed_at IS NULL),
       min(quarantined_at) FILTER (WHERE replayed_at IS NULL)
FROM {table};

-- name: reasons
-- Of open rows, the most frequent first. A row with two reasons counts under both.
SELECT stage, {reason_kind} AS reason, count(*) AS rows,
       (array_agg(reason ORDER BY quarantine_id))[1] AS example_reason,
       (array_agg(left(record::text, 200) ORDER BY quarantine_id))[1] AS example
FROM {table} CROSS JOIN unnest(reasons) AS reason
WHERE replayed_at IS NULL
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT {most};
