-- What incremental gold tables are made of: the windows of their publications.

-- name: keep
INSERT INTO medallion.windows
    (publication_id, window_start, window_end, is_whole, read_at, sql_digest, time_column,
     time_grain, primary_key, time_digest)
VALUES (%(publication_id)s, %(start)s, %(end)s, %(is_whole)s, %(read_at)s, %(sql_digest)s,
        %(time_column)s, %(time_grain)s, %(primary_key)s, %(time_digest)s);

-- name: windows_of
-- Of one version, the earliest publication first.
SELECT w.window_start, w.window_end, w.is_whole, w.read_at, w.sql_digest, p.publication_id,
       p.dag_id, p.run_id
FROM medallion.windows AS w JOIN medallion.publications AS p USING (publication_id)
WHERE p.layer = %(layer)s AND p.domain = %(domain)s AND p.table_name = %(table_name)s
  AND p.version = %(version)s
ORDER BY p.publication_id;

-- name: latest_end
SELECT max(w.window_end)
FROM medallion.windows AS w JOIN medallion.publications AS p USING (publication_id)
WHERE p.layer = %(layer)s AND p.domain = %(domain)s AND p.table_name = %(table_name)s
  AND p.version = %(version)s;

-- name: first_start
SELECT min(w.window_start)
FROM medallion.windows AS w JOIN medallion.publications AS p USING (publication_id)
WHERE p.layer = %(layer)s AND p.domain = %(domain)s AND p.table_name = %(table_name)s
  AND p.version = %(version)s;

-- name: recipes_of
-- What a version's windows were made by, each once.
SELECT DISTINCT w.sql_digest, w.time_column, w.time_grain, w.primary_key, w.time_digest
FROM medallion.windows AS w JOIN medallion.publications AS p USING (publication_id)
WHERE p.layer = %(layer)s AND p.domain = %(domain)s AND p.table_name = %(table_name)s
  AND p.version = %(version)s;

-- name: later_run
-- The run that has since read the inputs again, and published some of the same stretch of time.
SELECT p.run_id
FROM medallion.windows AS w JOIN medallion.publications AS p USING (publication_id)
WHERE p.layer = %(layer)s AND p.domain = %(domain)s AND p.table_name = %(table_name)s
  AND p.version = %(version)s AND w.read_at > %(read_at)s
  AND (w.window_start < %(end)s AND w.window_end > %(start)s OR %(any_time)s)
ORDER BY p.publication_id DESC LIMIT 1;
