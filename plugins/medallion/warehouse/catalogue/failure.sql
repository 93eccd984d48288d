-- What failed last.

-- name: last
-- The task that failed last, of all pipelines, of one, or of one table of one; and whether a later
-- run of the same task has ended well.
SELECT t.dag_id, t.run_id, t.task_id, t.try_number, t.step, t.error, t.finished_at,
       EXISTS (SELECT FROM medallion.task_runs AS later
               WHERE later.dag_id = t.dag_id AND later.task_id = t.task_id
                 AND later.status = 'success' AND later.finished_at > t.finished_at) AS is_over
FROM medallion.task_runs AS t
WHERE t.status = 'failed'
  AND (%(dag_id)s::text IS NULL OR t.dag_id = %(dag_id)s)
  AND (%(table_name)s::text IS NULL OR split_part(t.task_id, '.', 1) = %(table_name)s)
ORDER BY t.finished_at DESC LIMIT 1;
