-- A table's quarantine, {table}, and the rejects of the run that publishes it, {rejects}.

-- name: create
CREATE TABLE IF NOT EXISTS {table} (
    quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id text NOT NULL,
    run_id text NOT NULL,
    data_interval_start timestamptz NOT NULL,
    data_interval_end timestamptz NOT NULL,
    stage text NOT NULL,
    reasons text[] NOT NULL,
    record jsonb NOT NULL,
    _load_id bigint,
    _bronze_part integer,
    _bronze_record bigint,
    quarantined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    replayed_at timestamptz,
    replayed_by bigint
);
CREATE INDEX ON {table} (dag_id, run_id) WHERE replayed_at IS NULL;

-- name: leave
-- The open rows of a run leave with its publication: all of them, or but those that it rejects again.
UPDATE {table} AS q SET replayed_at = clock_timestamp(), replayed_by = %(publication_id)s
WHERE q.dag_id = %(dag_id)s AND q.run_id = %(run_id)s AND q.replayed_at IS NULL
{again};

-- name: not_again
-- Whether the run has not rejected that record once more.
AND NOT EXISTS (SELECT FROM {rejects} AS r WHERE {same_record})

-- name: same_record
-- A line that is not a record has no number: its line's number, below 0, tells it from the others.
r._bronze_part = q._bronze_part
AND coalesce(r._bronze_record, -(r.record->>'_line')::bigint, 0)
  = coalesce(q._bronze_record, -(q.record->>'_line')::bigint, 0)

-- name: forget
-- What the run has left here and what is not history yet: its rejects take their place.
DELETE FROM {table} AS q
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND replayed_at IS NULL
{not_left};

-- name: not_left
-- But for rows that a replay was not about.
AND NOT EXISTS (
    SELECT FROM {rejects} AS r WHERE starts_with(r.stage, 'left ') AND {same_record}
)

-- name: copy
-- The rejects of the run's own, not what its cleaning has left out. Of columns that some readers
-- only see masked, rows that a gate has rejected have the clear value: it is left out.
INSERT INTO {table} (dag_id, run_id, data_interval_start, data_interval_end, stage, reasons, record,
                     _load_id, _bronze_part, _bronze_record)
SELECT %(dag_id)s, %(run_id)s, %(interval_start)s, %(interval_end)s, stage, reasons,
       CASE WHEN stage = 'gate' THEN record || coalesce((
           SELECT jsonb_object_agg(key, %(withheld)s::text) FROM jsonb_each(record)
           WHERE key = ANY(%(masked)s) AND value <> 'null'
       ), '{{}}') ELSE record END,
       _load_id, _bronze_part, _bronze_record
FROM {rejects}
WHERE stage IN ('clean', 'gate');
