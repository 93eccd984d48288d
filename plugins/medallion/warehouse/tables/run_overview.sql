-- What a person sees of some runs: the demo's tables. Runs are texts: '<DAG> <run>'.

-- name: gates
-- Each gate that was passed, those without checks too: they hold the rows to what was staged.
WITH gates AS (
    SELECT t.*, split_part(t.dag_id, '.', 1) || '.' || split_part(t.task_id, '.', 1) AS table_name,
           coalesce(nullif(replace(t.step, 'gate_', ''), 'gate'), 'gold') AS layer
    FROM medallion.task_runs AS t
    WHERE t.dag_id || ' ' || t.run_id = ANY(%(runs)s) AND t.step LIKE 'gate%%'
)
SELECT g.layer || ' ' || g.table_name AS gate, count(r.check_id) AS checks,
       count(*) FILTER (WHERE r.status = 'passed') AS passed,
       count(*) FILTER (WHERE r.status = 'warned') AS warned,
       count(*) FILTER (WHERE r.status = 'quarantined') AS quarantined,
       count(*) FILTER (WHERE r.status = 'failed') AS failed
FROM gates AS g LEFT JOIN medallion.gate_results AS r USING (dag_id, run_id, task_id)
GROUP BY g.layer, g.table_name
ORDER BY min(g.finished_at);

-- name: published
-- Of a run that was done again, its last publication counts.
WITH latest AS (
    SELECT DISTINCT ON (layer, domain, table_name, dag_id, run_id) *
    FROM medallion.publications
    WHERE dag_id || ' ' || run_id = ANY(%(runs)s)
    ORDER BY layer, domain, table_name, dag_id, run_id, publication_id DESC
)
SELECT layer || '_' || domain || '.' || table_name AS table, write_disposition AS by,
       count(*) AS runs, sum(rows_read)::bigint AS read,
       sum(rows_published)::bigint AS published, sum(rows_quarantined)::bigint AS quarantined,
       sum(rows_deduplicated)::bigint AS duplicates, sum(rows_discarded)::bigint AS discarded,
       (array_agg(rows_total ORDER BY publication_id DESC))[1] AS rows
FROM latest
GROUP BY layer, domain, table_name, write_disposition
ORDER BY min(publication_id);

-- name: forget_tasks
DELETE FROM medallion.task_runs WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s;
