-- What the ledger of publications says to a reader. Parameters as ADBC sends them.

-- name: settings
-- How values that are read as texts are spelled; and who asks.
SELECT set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO, YMD', true),
       set_config('IntervalStyle', 'postgres', true), set_config('extra_float_digits', '1', true);

-- name: is_loader
-- Whether the session is of the role that owns the registry.
SELECT pg_get_userbyid(nspowner) = session_user AS is_loader
FROM pg_namespace WHERE nspname = 'medallion';

-- name: read_version
-- The public views of this transaction show these versions.
SELECT set_config('medallion.read_versions', $1, true);

-- name: note_rows
-- How many rows of a table the client has got: `gold_cinema.brands 120`. The setting is read by nobody,
-- and ends with the transaction; the statement is in the server's log, and so in the journal of reads.
SET LOCAL medallion.rows_read = {said};

-- name: tables
SELECT layer, domain, table_name, owner, dag_id FROM medallion_client.tables ORDER BY 1, 2, 3;

-- name: current
SELECT * FROM medallion_client.publications
WHERE layer = $1 AND domain = $2 AND table_name = $3 AND is_current;

-- name: of_version
SELECT * FROM medallion_client.publications
WHERE layer = $1 AND domain = $2 AND table_name = $3 AND version = $4::text::integer
ORDER BY publication_id DESC LIMIT 1;

-- name: of_run
SELECT * FROM medallion_client.publications
WHERE layer = $1 AND domain = $2 AND table_name = $3 AND run_id = $4
ORDER BY publication_id DESC LIMIT 1;

-- name: of_id
SELECT * FROM medallion_client.publications
WHERE layer = $1 AND domain = $2 AND table_name = $3 AND publication_id = $4::text::bigint;

-- name: as_of
SELECT p.* FROM medallion_client.publications AS p
JOIN medallion_client.shown AS s USING (publication_id)
WHERE p.layer = $1 AND p.domain = $2 AND p.table_name = $3 AND s.shown_at <= $4::text::timestamptz
ORDER BY s.shown_at DESC, s.publication_id DESC LIMIT 1;

-- name: versions
-- One row each version that can be read: the latest publication into it.
SELECT * FROM medallion_client.publications
WHERE layer = $1 AND domain = $2 AND table_name = $3 AND is_stored AND changed_by IS NULL
ORDER BY version DESC;

-- name: checks
SELECT layer, check_name, expectation, description, on_failure, status, rows_checked, rows_failed
FROM medallion_client.checks WHERE publication_id = $1::text::bigint
ORDER BY layer, check_name, expectation;

-- name: feature_views
SELECT * FROM medallion_client.feature_views ORDER BY domain, table_name;

-- name: columns
-- Of a view, in order. kind: the type's name, that of its elements for an array. modifier: -1 for
-- none. spelled: as PostgreSQL spells the type.
SELECT a.attname::text AS name, coalesce(e.typname, t.typname)::text AS kind,
       e.oid IS NOT NULL AS is_array, a.atttypmod AS modifier,
       format_type(a.atttypid, a.atttypmod) AS spelled,
       col_description(a.attrelid, a.attnum) AS description
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_type AS e ON e.oid = t.typelem AND t.typcategory = 'A'
WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;
