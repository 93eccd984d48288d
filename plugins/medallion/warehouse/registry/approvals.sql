-- What people were asked before a publication, and what they decided.

-- name: ask
INSERT INTO medallion.approvals
    (dag_id, run_id, layer, domain, table_name, code, question)
VALUES (%(dag_id)s, %(run_id)s, %(layer)s, %(domain)s, %(table_name)s, %(code)s, %(question)s)
RETURNING approval_id;

-- name: withdraw
-- A question of the same run that nobody has answered, and that is asked again.
UPDATE medallion.approvals SET decided_at = clock_timestamp(), decision = 'withdrawn'
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND decided_at IS NULL
  AND (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s);

-- name: withdraw_all
-- The questions of a run that is over: nobody can answer them any longer.
UPDATE medallion.approvals SET decided_at = clock_timestamp(), decision = 'withdrawn'
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND decided_at IS NULL;

-- name: decide
UPDATE medallion.approvals
SET decided_at = clock_timestamp(), decided_by = %(decided_by)s, decision = %(decision)s,
    comment = %(comment)s
WHERE approval_id = %(approval_id)s AND decided_at IS NULL
RETURNING code;

-- name: asked
-- Airflow keeps showing the text of a run's first question.
SELECT q.code, EXISTS (
    SELECT FROM medallion.approvals AS other
    WHERE (other.dag_id, other.run_id, other.layer, other.domain, other.table_name)
        = (q.dag_id, q.run_id, q.layer, q.domain, q.table_name)
      AND other.approval_id < q.approval_id AND other.code <> q.code)
FROM medallion.approvals AS q WHERE q.approval_id = %(approval_id)s;

-- name: is_approved
SELECT EXISTS (
    SELECT FROM medallion.approvals
    WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND code = %(code)s
      AND (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s)
      AND decision = 'approved'
);

-- name: of_table
SELECT approval_id, dag_id, run_id, code, question, asked_at, decided_at, decided_by, decision,
       comment
FROM medallion.approvals
WHERE (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s)
ORDER BY approval_id DESC LIMIT %(most)s;

-- name: gates_of
SELECT check_name, status, rows_failed, rows_checked FROM medallion.gate_results
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND domain = %(domain)s
  AND table_name = %(table_name)s
  AND layer = ANY (CASE %(layer)s WHEN 'gold' THEN ARRAY['gold'] ELSE ARRAY['bronze', 'silver'] END)
ORDER BY layer, check_id;
