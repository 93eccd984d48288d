-- The open rows of one table's quarantine.

-- name: rows
SELECT quarantine_id, dag_id, run_id, stage, reasons, record, _bronze_record AS record_number,
       quarantined_at
FROM {table}
WHERE replayed_at IS NULL
  AND (%(run_id)s::text IS NULL OR run_id = %(run_id)s)
  AND (%(reason)s::text IS NULL OR EXISTS (
      SELECT FROM unnest(reasons) AS one (reason)
      WHERE regexp_replace(one.reason, '".*"', '"…"') = %(reason)s))
  AND quarantine_id > %(after)s
ORDER BY quarantine_id LIMIT %(most)s;

-- name: deleted
SELECT deleted_at, deleted_by, reason, rows, rows_open
FROM medallion.deletions
WHERE kind = 'quarantine'
  AND (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s)
ORDER BY deletion_id DESC LIMIT 10;
