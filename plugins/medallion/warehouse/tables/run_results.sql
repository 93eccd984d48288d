-- What a run has made of its tables, for a person who looks before anything is published.

-- name: sample
SELECT {columns} FROM {table} AS t ORDER BY {order} LIMIT {most};

-- name: count
SELECT count(*) FROM {table};

-- name: reasons
SELECT stage, {reason_kind} AS reason, count(*) AS rows, (array_agg(reason))[1] AS example_reason,
       (array_agg(left(record::text, 400)))[1] AS example
FROM {table} CROSS JOIN unnest(reasons) AS reason
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT {most};

-- name: verdicts
SELECT g.check_id, g.layer, g.check_name AS name, g.status, g.on_failure, g.rows_checked,
       g.rows_failed, g.observed, g.examples, g.description
FROM medallion.gate_results AS g
WHERE g.dag_id = %(dag_id)s AND g.run_id = %(run_id)s AND g.domain = %(domain)s
  AND g.table_name = %(table_name)s AND g.layer = ANY(%(layers)s)
ORDER BY array_position(%(layers)s, g.layer), g.status = 'passed', g.check_id;
