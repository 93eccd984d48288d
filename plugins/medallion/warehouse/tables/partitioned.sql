-- Partitioned versions: views on partitioned tables of the store.

-- name: layout
-- How the table behind a version is partitioned, as it was made; no row: it is a plain version.
SELECT coalesce(obj_description(c.oid, 'pg_class'), '')
FROM pg_class AS c WHERE c.oid = to_regclass(%(rows)s) AND c.relkind = 'p';

-- name: starts
-- When the partitions begin that the rows of a source belong to, in UTC, with the number of rows; and
-- without a start, how many rows have no time, and how many have none or one that no partition is for.
SELECT CASE WHEN {column} >= {first} AND {column} < {last}
            THEN date_trunc({grain}, {in_utc}) AT TIME ZONE 'UTC' END AS start,
       count(*) FILTER (WHERE {column} IS NULL), count(*)
FROM {source}
GROUP BY 1
ORDER BY 1;

-- name: partitions
-- The partitions of a table by their names, each with its bounds as PostgreSQL has them, and whether
-- it has no statistics yet, which it gets with its first rows.
SELECT c.relname::text, pg_get_expr(c.relpartbound, c.oid), pg_total_relation_size(c.oid),
       c.reltuples < 0
FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE i.inhparent = to_regclass(%(rows)s)
ORDER BY 1;

-- name: never_analyzed
SELECT c.relname::text
FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE i.inhparent = to_regclass(%(rows)s) AND c.reltuples < 0
ORDER BY 1;

-- name: holders
-- Whose transactions hold a lock on a table, this one aside. One that has planned a query with the
-- former list of partitions is among them.
SELECT DISTINCT l.virtualtransaction
FROM pg_locks AS l
WHERE l.relation = to_regclass(%(rows)s) AND l.granted AND l.pid <> pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database());
