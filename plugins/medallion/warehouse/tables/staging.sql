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

-- name: write_early
-- Only Linux can be asked for it; a server elsewhere refuses the setting.
SELECT set_config('backend_flush_after', '1MB', true)
WHERE current_setting('wal_level') = 'minimal' AND version() LIKE '%linux%';
