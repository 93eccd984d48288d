-- Rows of a staging table that fail a check of its gate: to the run's rejects, and back again.

-- name: put_back
-- What an earlier try of the gate has moved is in the staging table again. A reject keeps the row's
-- values as JSON, without its provenance, which has columns of its own.
INSERT INTO {staging} SELECT (jsonb_populate_record(NULL::{staging}, record
    || jsonb_build_object({restored}))).* FROM {rejects} WHERE stage = {stage};

-- name: forget_moved
DELETE FROM {rejects} WHERE stage = {stage};

-- name: move
-- One statement: a row is in one of the two tables, whatever happens.
WITH moved AS (
    DELETE FROM {staging} AS t WHERE {any_of_them}
    RETURNING array_remove(ARRAY[{reasons}], NULL) AS reasons,
              to_jsonb(t) - {hidden}::text[] AS record, {provenance}
)
INSERT INTO {rejects} (stage, reasons, record, {names})
SELECT {stage}, reasons, record, {names} FROM moved;

-- name: count_by_reason
SELECT reason, count(*) FROM {rejects}, unnest(reasons) AS reason WHERE stage = {stage} GROUP BY 1;
