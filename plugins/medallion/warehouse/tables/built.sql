-- What a gold table's SELECT has built.

-- name: writers_of_publications
-- Now, and the transactions that may have written a publication by then and are not committed. The
-- time is taken first: who writes afterwards has a later one.
WITH asked AS MATERIALIZED (SELECT clock_timestamp() AS now)
SELECT a.now, ARRAY(
    SELECT l.virtualtransaction FROM pg_locks AS l
    WHERE l.relation = 'medallion.publications'::regclass AND l.mode = 'RowExclusiveLock'
      AND l.granted AND l.pid <> pg_backend_pid() AND a.now IS NOT NULL
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
)
FROM asked AS a;

-- name: count_outside
-- Rows before the window of a run, after it, and without a time.
SELECT count(*) FILTER (WHERE {before}), count(*) FILTER (WHERE {after}),
       count(*) FILTER (WHERE {column} IS NULL)
FROM {table} AS t;
