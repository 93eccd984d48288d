-- Loads that runs have asked other tools for.

-- name: find
SELECT after_job, job_id, finished_at IS NOT NULL AS is_over
FROM medallion.source_syncs
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND task_id = %(task_id)s;

-- name: ask
-- A new load of the task, in place of one that is over.
INSERT INTO medallion.source_syncs
    (domain, dag_id, run_id, task_id, tool, conn_id, connection_id, after_job)
VALUES (%(domain)s, %(dag_id)s, %(run_id)s, %(task_id)s, %(tool)s, %(conn_id)s, %(connection_id)s,
        %(after_job)s)
ON CONFLICT (dag_id, run_id, task_id) DO UPDATE
SET tool = excluded.tool, conn_id = excluded.conn_id, connection_id = excluded.connection_id,
    after_job = excluded.after_job, job_id = NULL, asked_at = excluded.asked_at, finished_at = NULL,
    status = NULL, problem = NULL;

-- name: keep_job
UPDATE medallion.source_syncs SET job_id = %(job_id)s, problem = NULL
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND task_id = %(task_id)s;

-- name: finish
UPDATE medallion.source_syncs SET finished_at = clock_timestamp(), status = %(status)s
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND task_id = %(task_id)s;

-- name: note_problem
-- Why a try has ended; a task that failed before it asked has no row yet.
INSERT INTO medallion.source_syncs
    (domain, dag_id, run_id, task_id, tool, conn_id, connection_id, after_job, finished_at, problem)
VALUES (%(domain)s, %(dag_id)s, %(run_id)s, %(task_id)s, %(tool)s, %(conn_id)s, %(connection_id)s,
        0, clock_timestamp(), %(problem)s)
ON CONFLICT (dag_id, run_id, task_id) DO UPDATE SET problem = excluded.problem;

-- name: clear_problem
UPDATE medallion.source_syncs SET problem = NULL
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND task_id = %(task_id)s;
