-- What people have changed by hand.

-- name: record
INSERT INTO medallion.operator_actions (done_by, action, layer, domain, table_name, details)
VALUES (%(done_by)s, %(action)s, %(layer)s, %(domain)s, %(table_name)s, %(details)s);

-- name: record_of_pipeline
INSERT INTO medallion.operator_actions (done_by, action, domain, dag_id, details)
VALUES (%(done_by)s, %(action)s, %(domain)s, %(dag_id)s, %(details)s);

-- name: of_pipeline
SELECT done_at, done_by, action, details
FROM medallion.operator_actions
WHERE dag_id = %(dag_id)s
ORDER BY action_id DESC LIMIT %(most)s;

-- name: of_table
SELECT done_at, done_by, action, details
FROM medallion.operator_actions
WHERE (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s)
ORDER BY action_id DESC LIMIT %(most)s;

-- name: is_journalled
-- An entry names the runs of Airflow that do what it says, where there are some.
SELECT EXISTS (
    SELECT FROM medallion.operator_actions
    WHERE (layer, domain, table_name, action)
        = (%(layer)s, %(domain)s, %(table_name)s, %(action)s)
      AND details @> jsonb_build_object('dag_runs', jsonb_build_array(%(dag_run)s::text)));
