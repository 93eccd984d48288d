-- Environments: tables of a branch beside production's.

-- name: one_at_a_time
SELECT pg_advisory_xact_lock(hashtextextended('medallion.environments', 0));

-- name: try_to_hold
-- One run of an environment at a time: the lock is of the session, and ends with it.
SELECT pg_try_advisory_lock(hashtextextended('medallion.environment ' || %(name)s, 0));

-- name: try_to_share
-- Tasks of the environment's Airflow work side by side; a command that runs or drops it, alone.
SELECT pg_try_advisory_lock_shared(hashtextextended('medallion.environment ' || %(name)s, 0));

-- name: wait_for_turn
-- One of these tasks at a time changes which tables are production's.
SELECT pg_advisory_lock(hashtextextended('medallion.environment in step ' || %(name)s, 0));

-- name: keep
INSERT INTO medallion.environments AS e (name, role, domains, made_by)
VALUES (%(name)s, %(role)s, %(domains)s, session_user)
ON CONFLICT (name) DO UPDATE
SET used_at = clock_timestamp(),
    domains = ARRAY(SELECT DISTINCT one FROM unnest(e.domains || excluded.domains) AS one ORDER BY 1);

-- name: all
SELECT name, role, domains, made_by, made_at, used_at FROM medallion.environments ORDER BY name;

-- name: one
SELECT name, role, domains, made_by, made_at, used_at FROM medallion.environments
WHERE name = %(name)s;

-- name: unused
SELECT name, role, domains, made_by, made_at, used_at FROM medallion.environments
WHERE used_at < now() - %(age)s ORDER BY name;

-- name: holds_rows
-- Whether it has tables or landings of its own: its views show what production publishes.
SELECT EXISTS (SELECT FROM pg_class AS c
               JOIN pg_namespace AS n ON n.oid = c.relnamespace
               JOIN pg_roles AS r ON r.oid = n.nspowner
               WHERE r.rolname = %(role)s AND c.relkind IN ('r', 'p', 'm'))
    OR EXISTS (SELECT FROM medallion.loads
               WHERE split_part(domain, '__', 2) = %(name)s AND deleted_at IS NULL);

-- name: landed
SELECT DISTINCT dataset FROM medallion.loads
WHERE domain = %(domain)s AND deleted_at IS NULL ORDER BY 1;

-- name: forget
DELETE FROM medallion.environments WHERE name = %(name)s;

-- name: tables
-- What an environment has made itself, or has a view on: is_view says which.
SELECT n.nspname::text AS schema, c.relname::text AS name,
       NOT EXISTS (SELECT FROM medallion.current_versions AS v
                   WHERE v.layer || '_' || v.domain = n.nspname AND v.table_name = c.relname) AS is_view
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY (%(schemas)s) AND c.relkind = 'v'
ORDER BY 1, 2;

-- name: published
-- What readers of production have of each table, and what made it so.
SELECT p.layer, p.domain, p.table_name, coalesce(p.fingerprint, '') AS fingerprint,
       p.data_interval_start AS interval_start, p.data_interval_end AS interval_end,
       p.load_id, p.published_at
FROM medallion.publications AS p
WHERE p.is_current AND strpos(p.domain, '__') = 0;

-- name: fingerprint
SELECT fingerprint FROM medallion.publications
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s AND is_current;

-- name: landing
-- The newest landing of a source, if its spec is the same, over an interval; its files are kept.
SELECT l.manifest_uri AS uri, l.run_id, l.extracted_at
FROM medallion.loads AS l
JOIN medallion.publications AS p ON p.load_id = l.load_id
WHERE p.layer = 'silver' AND p.domain = %(domain)s AND p.table_name = %(table_name)s
  AND p.source_fingerprint = %(source_fingerprint)s
  AND l.data_interval_start = %(interval_start)s AND l.data_interval_end = %(interval_end)s
  AND l.manifest_uri IS NOT NULL AND l.deleting_at IS NULL AND l.deleted_at IS NULL
ORDER BY l.load_id DESC
LIMIT 1;

-- name: owner_of_schema
SELECT pg_get_userbyid(nspowner)::text FROM pg_namespace WHERE nspname = %(schema)s;

-- name: schemas_of_role
SELECT n.nspname::text FROM pg_namespace AS n
JOIN pg_roles AS r ON r.oid = n.nspowner
WHERE r.rolname = %(role)s ORDER BY 1;

-- name: lacks_registry
-- Whether the role lacks a right on the registry's tables.
SELECT NOT has_schema_privilege(%(role)s, 'medallion', 'USAGE')
    OR NOT has_database_privilege(%(role)s, current_database(), 'CONNECT')
    OR NOT has_database_privilege(%(role)s, current_database(), 'TEMPORARY')
    OR EXISTS (SELECT FROM pg_class AS c
               WHERE c.relnamespace = 'medallion'::regnamespace AND c.relkind IN ('r', 'v')
                 AND NOT has_table_privilege(%(role)s, c.oid, 'SELECT'))
    OR EXISTS (SELECT FROM unnest(%(written)s::text[]) AS name
               WHERE NOT (has_table_privilege(%(role)s, 'medallion.' || name, 'INSERT')
                          AND has_table_privilege(%(role)s, 'medallion.' || name, 'UPDATE')
                          AND has_table_privilege(%(role)s, 'medallion.' || name, 'DELETE')));

-- name: readable
-- The published tables of production that the role may read by a grant of its own.
SELECT n.nspname::text, c.relname::text
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE (n.nspname LIKE 'silver\_%%' OR n.nspname LIKE 'gold\_%%') AND strpos(n.nspname, '__') = 0
  AND EXISTS (SELECT FROM aclexplode(c.relacl) AS a JOIN pg_roles AS r ON r.oid = a.grantee
              WHERE r.rolname = %(role)s AND a.privilege_type = 'SELECT')
ORDER BY 1, 2;

-- name: may_use
SELECT pg_has_role(current_user, %(role)s, 'USAGE');

-- name: delete_rows
-- Of one table of the registry, what an environment has written there.
DELETE FROM {table} WHERE split_part({column}, '__', 2) = %(name)s;

-- name: delete_task_runs
DELETE FROM medallion.task_runs WHERE split_part(split_part(dag_id, '.', 1), '__', 2) = %(name)s;

-- name: forget_table
-- What the registry has of a table that an environment no longer makes itself.
WITH publications AS (
    DELETE FROM medallion.publications
    WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
), versions AS (
    DELETE FROM medallion.current_versions
    WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
), inputs AS (
    DELETE FROM medallion.table_inputs
    WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
), cursors AS (
    DELETE FROM medallion.cursor_moves
    WHERE %(layer)s = 'silver' AND domain = %(domain)s AND dataset = %(table_name)s
), deleted AS (
    DELETE FROM medallion.deleted_keys
    WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
), forgotten AS (
    DELETE FROM medallion.forgotten_deletions
    WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
), files AS (
    DELETE FROM medallion.landed_files
    WHERE %(layer)s = 'silver' AND domain = %(domain)s AND dataset = %(table_name)s
)
DELETE FROM medallion.gate_results
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s;
