-- What a role that reads the registry lacks.

-- name: one_at_a_time
-- A relation's rights are one row: of two that grant at once, the second would fail.
SELECT pg_advisory_xact_lock(hashtextextended('medallion.registry_reader ' || %(role)s, 0));

-- name: may_enter
SELECT has_database_privilege(%(role)s, current_database(), 'CONNECT')
       AND has_schema_privilege(%(role)s, %(schema)s, 'USAGE');

-- name: unreadable
SELECT c.relname
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relkind IN ('r', 'v')
  AND NOT has_any_column_privilege(%(role)s, c.oid, 'SELECT')
ORDER BY c.relname;
