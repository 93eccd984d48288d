-- Staging tables that no run needs any more.

-- name: runs_of_tasks
-- The runs with tasks of a table, and whether the last of these ended longer ago than `kept`.
SELECT dag_id, run_id, max(finished_at) < now() - %(kept)s
FROM medallion.task_runs
WHERE task_id LIKE %(tasks)s
GROUP BY dag_id, run_id;

-- name: tables_in_schema
SELECT tablename FROM pg_tables WHERE schemaname = %(schema)s;

-- name: has_parent
SELECT true FROM pg_inherits WHERE inhrelid = to_regclass(%s);

-- name: detached
-- Forgotten versions of a table that are there, and not the table's any more.
SELECT c.relname
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relkind = 'r'
  AND NOT EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = c.oid)
  AND n.nspname || '.' || c.relname IN (
      SELECT p.physical_table
      FROM medallion.publications AS p
      WHERE p.layer = %(layer)s AND p.domain = %(domain)s AND p.table_name = %(table_name)s
        AND NOT p.version_kept
  )
ORDER BY 1;
