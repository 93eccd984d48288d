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
