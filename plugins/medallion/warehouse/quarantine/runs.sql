-- Runs with rows in quarantine. {}, or {table}, is the table's quarantine.

-- name: open
-- The runs with open rows, or with some that were chosen, the oldest data interval first: the order in
-- which to replay them.
SELECT dag_id, run_id, min(data_interval_start) AS interval_start,
       max(data_interval_end) AS interval_end, count(*) AS rows,
       min(quarantined_at) AS oldest
FROM {table}
WHERE {which}
GROUP BY dag_id, run_id
ORDER BY interval_end, run_id;

-- name: left_and_open
-- Of a run: how many rows left by one publication, and how many are still open.
SELECT count(*) FILTER (WHERE replayed_by = %(publication_id)s),
       count(*) FILTER (WHERE replayed_at IS NULL)
FROM {}
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s;

-- name: replayed_at
-- When rows last left for the published table.
SELECT max(p.published_at)
FROM medallion.publications AS p
WHERE p.publication_id IN (SELECT replayed_by FROM {});

-- name: last_publication
-- A run's latest one of a table.
SELECT max(publication_id)
FROM medallion.publications
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
  AND dag_id = %(dag_id)s AND run_id = %(run_id)s;

-- name: overtaken_by
-- The latest other run that has published the same data interval since, or the whole table. A run whose
-- source was read on has brought other rows, and takes no run's place.
SELECT run_id
FROM medallion.publications AS p
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
  AND (dag_id, run_id) <> (%(dag_id)s, %(run_id)s)
  AND (publication_id > %(publication_id)s AND data_interval_end = %(interval_end)s
       AND NOT EXISTS (
           SELECT FROM medallion.cursor_moves AS m
           WHERE (m.dag_id, m.run_id) = (p.dag_id, p.run_id)
             AND m.domain = p.domain AND m.dataset = p.table_name)
       OR is_current AND write_disposition = ANY(%(of_whole_tables)s))
ORDER BY publication_id DESC
LIMIT 1;

-- name: run_of
-- The run that made a publication.
SELECT dag_id, run_id, data_interval_start, data_interval_end
FROM medallion.publications
WHERE publication_id = %(publication_id)s;

-- name: last_try
-- Of a task in a run.
SELECT max(try_number)
FROM medallion.task_runs
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND task_id = %(task_id)s;

-- name: lock_replay
-- The session's lock of a table's replay; false where another session has it.
SELECT pg_try_advisory_lock(hashtextextended('medallion.replay ' || %(table)s, 0));
