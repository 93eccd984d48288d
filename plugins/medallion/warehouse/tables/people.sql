-- Rows of people in the tables of a dataset: its versions, what is staged for it, its quarantine.

-- name: row_tables
-- The tables with a dataset's rows, partitioned ones as a whole.
SELECT n.nspname::text, c.relname::text
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND ((n.nspname = %(store)s AND c.relname ~ ('^' || %(name)s || '__v[0-9]+(__rows)?$'))
    OR (n.nspname = %(staging)s AND c.relname ~ ('^' || %(name)s || '__[0-9a-f]{10}$')))
ORDER BY 1, 2;

-- name: rejected_tables
-- The rejects of runs that have not published yet, and the quarantine.
SELECT n.nspname::text, c.relname::text
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r'
  AND ((n.nspname = %(quarantine)s AND c.relname = %(name)s)
    OR (n.nspname = %(staging)s AND c.relname ~ ('^' || %(name)s || '__[0-9a-f]{10}__rejects$')))
ORDER BY 1, 2;

-- name: values
SELECT DISTINCT {column}::text FROM {table} WHERE {column} IS NOT NULL;

-- name: values_of
SELECT DISTINCT {column}::text FROM {table} WHERE {column} IS NOT NULL AND ({which});

-- name: has_value
{column}::text = ANY({values})

-- name: of_records
(_load_id, _bronze_part, _bronze_record) IN (
    SELECT * FROM unnest(%(loads)s::bigint[], %(parts)s::integer[], %(records)s::bigint[]))

-- name: says_nothing
{column} IS NULL

-- name: of_this_landing
quarantined_at >= (SELECT l.extracted_at FROM medallion.loads AS l WHERE l.load_id = _load_id)

-- name: count
SELECT count(*) FROM {table} WHERE {which};

-- name: rows
SELECT to_jsonb(t) FROM {table} AS t WHERE {which};

-- name: delete
DELETE FROM {table} WHERE {which};

-- name: texts
-- Rejected records in which a word may be: whoever asks looks again.
SELECT ctid::text, record::text FROM {table} WHERE lower(record::text) LIKE ANY(%(likes)s);

-- name: by_place
ctid = ANY(%(places)s::tid[])
