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
-- Of these tables of a schema, those that are there and are not a version of a table.
SELECT c.relname
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = ANY(%(names)s) AND c.relkind = 'r'
  AND NOT EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = c.oid);
