-- What a role that reads the registry lacks, and what it has besides.

-- name: one_at_a_time
-- A relation's rights are one row: of two that grant at once, the second would fail.
SELECT pg_advisory_xact_lock(hashtextextended('medallion.registry_reader ' || %(role)s, 0));

-- name: may_enter
SELECT has_database_privilege(%(role)s, current_database(), 'CONNECT')
       AND has_schema_privilege(%(role)s, %(schema)s, 'USAGE');

-- name: rights
-- Of each table of the registry, whether the role reads all of it, and which columns it reads.
SELECT c.relname::text AS name, has_table_privilege(%(role)s, c.oid, 'SELECT') AS whole,
       ARRAY(SELECT a.attname::text FROM pg_attribute AS a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               AND has_column_privilege(%(role)s, c.oid, a.attnum, 'SELECT')) AS columns
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relkind IN ('r', 'v')
ORDER BY c.relname;

-- name: unread
-- Of tables of anybody's data those that are there and that the role may not read; a schema that it
-- may not look into is there too where its table is not. By name: whoever asks may be the role.
SELECT n.nspname::text AS schema, c.relname::text AS name
FROM unnest(%(schemas)s::text[], %(names)s::text[]) AS t (schema, name)
JOIN pg_namespace AS n ON n.nspname = t.schema
LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = t.name
WHERE NOT has_schema_privilege(%(role)s, n.oid, 'USAGE')
   OR NOT has_table_privilege(%(role)s, c.oid, 'SELECT')
ORDER BY 1, 2;
