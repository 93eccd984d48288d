-- What one run of a pipeline did, table by table.

-- name: tables
-- Each table whose tasks have ended: its publication, its last task or the one that failed, and how
-- its checks went.
SELECT n.table_name, p.layer, p.publication_id, p.version, p.published_at, p.rows_total,
       coalesce(p.rows_read, 0) AS rows_read, coalesce(p.rows_published, 0) AS rows_published,
       coalesce(p.rows_quarantined, 0) AS rows_quarantined,
       coalesce(p.rows_deduplicated, 0) AS rows_deduplicated,
       coalesce(p.rows_discarded, 0) AS rows_discarded,
       last.task_id AS last_task, last.status AS last_status, last.error AS last_error,
       n.seconds, coalesce(g.checks, '{}') AS checks,
       EXISTS (SELECT FROM medallion.approvals AS a
               WHERE a.dag_id = %(dag_id)s AND a.run_id = %(run_id)s AND a.decided_at IS NULL
                 AND a.table_name = n.table_name) AS is_asked
FROM (
    SELECT split_part(task_id, '.', 1) AS table_name, sum(seconds) AS seconds,
           min(started_at) AS began
    FROM medallion.task_runs
    WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND strpos(task_id, '.') > 0
    GROUP BY 1
) AS n
LEFT JOIN LATERAL (
    SELECT * FROM medallion.publications AS p
    WHERE p.dag_id = %(dag_id)s AND p.run_id = %(run_id)s AND p.table_name = n.table_name
    ORDER BY p.publication_id DESC LIMIT 1
) AS p ON true
LEFT JOIN LATERAL (
    SELECT t.task_id, t.status, t.error FROM medallion.task_runs AS t
    WHERE t.dag_id = %(dag_id)s AND t.run_id = %(run_id)s
      AND split_part(t.task_id, '.', 1) = n.table_name
    ORDER BY t.status = 'failed' DESC, t.finished_at DESC LIMIT 1
) AS last ON true
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(c.status, c.checks) AS checks
    FROM (SELECT status, count(*) AS checks FROM medallion.gate_results AS g
          WHERE g.dag_id = %(dag_id)s AND g.run_id = %(run_id)s AND g.table_name = n.table_name
          GROUP BY status) AS c
) AS g ON true
ORDER BY n.began, n.table_name;
