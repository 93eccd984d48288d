-- The tables of a run.

-- name: create_rejects
-- What the table's quarantine holds of a row, but for the run.
CREATE TABLE {rejects} (
    stage text NOT NULL,
    reasons text[] NOT NULL,
    record jsonb NOT NULL,
    _load_id bigint,
    _bronze_part integer,
    _bronze_record bigint
);

-- name: rows_by_statistics
-- How many rows a table had when it was analyzed last; -1: it never was.
SELECT reltuples FROM pg_class WHERE oid = to_regclass(%(table)s);
