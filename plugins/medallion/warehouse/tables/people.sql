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
SELECT to_jsonb(t)::text FROM {table} AS t WHERE {which};

-- name: delete
DELETE FROM {table} WHERE {which};

-- name: texts
-- Rejected records in which a word may be: whoever asks looks again.
SELECT ctid::text, record::text FROM {table} WHERE lower(record::text) LIKE ANY(%(likes)s);

-- name: by_place
ctid = ANY(%(places)s::tid[])

-- name: columns_of_statistics
-- What the server keeps statistics of: of a table, or of it and its partitions.
SELECT s.schemaname::text, s.tablename::text, s.attname::text, s.inherited
FROM pg_stats AS s
    JOIN pg_namespace AS n ON n.nspname = s.schemaname
    JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = s.tablename
WHERE c.oid = %(table)s::regclass
   OR c.oid IN (SELECT p.relid FROM pg_partition_tree(%(table)s::regclass) AS p);

-- name: is_empty
SELECT NOT EXISTS (SELECT FROM {table});

-- name: clear_statistics
-- From PostgreSQL 18 on.
SELECT pg_clear_attribute_stats(%(schema)s, %(table)s, %(column)s, %(inherited)s);
