-- What the gates of one table found, run by run.

-- name: runs
-- The last runs of a table's gates, the latest first. The inner limit bounds what is looked at.
SELECT latest.dag_id, latest.run_id, max(latest.evaluated_at) AS evaluated_at
FROM unnest(%(layers)s::text[]) AS l (layer)
CROSS JOIN LATERAL (
    SELECT g.dag_id, g.run_id, g.evaluated_at
    FROM medallion.gate_results AS g
    WHERE g.layer = l.layer AND g.domain = %(domain)s AND g.table_name = %(table_name)s
    ORDER BY g.evaluated_at DESC LIMIT %(looked_at)s
) AS latest
GROUP BY latest.dag_id, latest.run_id
ORDER BY evaluated_at DESC LIMIT %(most)s;

-- name: results
SELECT dag_id, run_id, task_id, check_id, layer, check_name, kwargs, on_failure, status,
       rows_checked, rows_failed, observed, examples, coalesce(description, '') AS description,
       evaluated_at, publication_id
FROM medallion.gate_results
WHERE (dag_id, run_id) IN (SELECT * FROM unnest(%(dag_ids)s::text[], %(run_ids)s::text[]))
  AND domain = %(domain)s AND table_name = %(table_name)s AND layer = ANY (%(layers)s)
ORDER BY layer, check_id;
