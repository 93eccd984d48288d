-- The open rows of one table's quarantine.

-- name: rows
SELECT quarantine_id, dag_id, run_id, stage, reasons, record, _bronze_record AS record_number,
       quarantined_at
FROM {table}
WHERE replayed_at IS NULL
  AND (%(run_id)s::text IS NULL OR run_id = %(run_id)s)
  AND (%(reason)s::text IS NULL OR EXISTS (
      SELECT FROM unnest(reasons) AS reason WHERE {reason_kind} = %(reason)s))
  AND quarantine_id > %(after)s
ORDER BY quarantine_id LIMIT %(most)s;
