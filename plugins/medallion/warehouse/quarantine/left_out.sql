-- Records of a landing that its cleaning leaves out: {table} is a table's quarantine, {rejects} the
-- rejects of the run, which count them.

-- name: leave
-- The open rows of a run that a replay is not about.
INSERT INTO {rejects} (stage, reasons, record, _load_id, _bronze_part, _bronze_record)
SELECT 'left ' || stage, reasons, record, _load_id, _bronze_part, _bronze_record
FROM {table} AS q
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND replayed_at IS NULL AND NOT ({which});

-- name: is_of_former_landing
-- Whether one of those rows was quarantined before the run's landing was made.
SELECT EXISTS (
    SELECT FROM {table} AS q JOIN medallion.loads AS l ON l.load_id = q._load_id
    WHERE q.dag_id = %(dag_id)s AND q.run_id = %(run_id)s AND q.replayed_at IS NULL
      AND q.quarantined_at < l.extracted_at
);

-- name: remember
-- Rows that are about to be dropped. Of gold they come from no record; and of a landing that another
-- one has taken the place of, nothing needs to be left out.
INSERT INTO medallion.dropped_records (load_id, landing, bronze_part, bronze_record)
SELECT q._load_id, l.manifest_uri, q._bronze_part,
       coalesce(q._bronze_record, -(q.record->>'_line')::bigint)
FROM (SELECT * FROM {table} WHERE {which}) AS q
    JOIN medallion.loads AS l ON l.load_id = q._load_id
WHERE q.quarantined_at >= l.extracted_at
  AND l.manifest_uri IS NOT NULL
  AND q._bronze_part IS NOT NULL
  AND coalesce(q._bronze_record, -(q.record->>'_line')::bigint) IS NOT NULL
ON CONFLICT DO NOTHING;

-- name: drop_again
-- The records that somebody has dropped of the landing that a load has now.
INSERT INTO {rejects} (stage, reasons, record, _load_id, _bronze_part, _bronze_record)
SELECT 'dropped', ARRAY['dropped by hand'], jsonb_build_object('_line', -d.bronze_record),
       d.load_id, d.bronze_part, CASE WHEN d.bronze_record > 0 THEN d.bronze_record END
FROM medallion.dropped_records AS d
    JOIN medallion.loads AS l ON l.load_id = d.load_id AND l.manifest_uri = d.landing
WHERE d.load_id = %(load_id)s;

-- name: forget
-- With their landing.
DELETE FROM medallion.dropped_records WHERE load_id = %(load_id)s;

-- name: places
-- Which records of which part that is; a line that is not a record by its number below 0.
SELECT _bronze_part, array_agg(coalesce(_bronze_record, -(record->>'_line')::bigint))
FROM {rejects}
GROUP BY 1;

-- name: forget_records
-- Rows of a quarantine whose records are blank in the landing.
DELETE FROM {table}
WHERE _load_id = %(load_id)s AND _bronze_part = %(part)s AND _bronze_record = ANY(%(records)s)
  AND quarantined_at >= (SELECT l.extracted_at FROM medallion.loads AS l WHERE l.load_id = _load_id);
