-- Rows that a test gives and expects, as JSON: PostgreSQL itself turns them into the columns' types.

-- name: create
CREATE TABLE {table} ({columns});

-- name: insert
INSERT INTO {table} SELECT * FROM jsonb_populate_recordset(NULL::{table}, %(rows)s::jsonb);

-- name: differences
-- Rows count: one that is expected twice has to be there twice.
WITH expected AS (
    SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, %(rows)s::jsonb)
), found AS (
    SELECT {columns} FROM {table}
)
SELECT true AS is_missing, to_jsonb(m) FROM (TABLE expected EXCEPT ALL TABLE found) AS m
UNION ALL
SELECT false, to_jsonb(u) FROM (TABLE found EXCEPT ALL TABLE expected) AS u;
