-- The role that a domain's own SQL runs as: what it is, and what it may read.

-- name: attributes
SELECT r.rolcanlogin,
       r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls
           OR pg_has_role(r.oid, l.oid, 'MEMBER')
           OR EXISTS (SELECT FROM pg_database AS d WHERE d.datname = current_database()
                      AND pg_has_role(r.oid, d.datdba, 'MEMBER')) AS is_mighty
FROM pg_roles AS r, pg_roles AS l
WHERE r.rolname = %(role)s AND l.rolname = current_user;

-- name: one_at_a_time
SELECT pg_advisory_xact_lock(hashtextextended('medallion.domain_role ' || %(role)s, 0));

-- name: may_take_over
SELECT pg_has_role(current_user, %(role)s, 'USAGE');

-- name: may_connect
SELECT has_database_privilege(%(role)s, current_database(), 'CONNECT');

-- name: missing_schemas
SELECT n.nspname
FROM pg_namespace AS n
WHERE n.nspname = ANY (%(schemas)s) AND NOT has_schema_privilege(%(role)s, n.oid, %(right)s)
ORDER BY 1;

-- name: missing_rights
-- What the role may read is: its domain's own published tables, and those that are shared with it,
-- within production or within one environment (cinema__alice).
-- Each table where its rights differ from that, and whether it may read it.
WITH readable AS (
    SELECT c.oid
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('silver_' || %(domain)s, 'gold_' || %(domain)s)
    UNION
    SELECT to_regclass(format('%%I.%%I', t.layer || '_' || t.domain, t.table_name))
    FROM medallion.table_readers AS t
    WHERE t.kind = 'domain' AND t.reader IN (%(domain)s, 'public')
      AND split_part(t.domain, '__', 2) = split_part(%(domain)s, '__', 2)
)
SELECT n.nspname, c.relname, r.oid IS NOT NULL
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN readable AS r ON r.oid = c.oid
WHERE c.relkind IN ('r', 'v', 'm', 'p')
  AND (n.nspname LIKE 'silver\_%%' OR n.nspname LIKE 'gold\_%%')
  AND pg_has_role(c.relowner, 'USAGE')
  AND (r.oid IS NOT NULL) <> EXISTS (
      SELECT FROM aclexplode(c.relacl) AS a
      WHERE a.grantee = (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = %(role)s)
        AND a.privilege_type = 'SELECT'
  )
ORDER BY 1, 2;

-- name: unreadable
SELECT name FROM unnest(%(tables)s::text[]) AS name
WHERE to_regclass(name) IS NOT NULL AND NOT has_table_privilege(%(role)s, to_regclass(name), 'SELECT');

-- name: in_step
-- Whether nothing at all is to be done: the answers to the questions above, in one.
-- No row: there is no such role.
SELECT attributes.rolcanlogin AND NOT attributes.is_mighty
       AND has_database_privilege(role.oid, current_database(), 'CONNECT')
       AND (NOT %(builds)s OR pg_has_role(current_user, role.oid, 'USAGE'))
       AND NOT EXISTS (
           SELECT FROM pg_namespace AS n
           WHERE n.nspname = ANY (%(schemas)s) AND NOT has_schema_privilege(role.oid, n.oid, 'USAGE')
              OR %(builds)s AND n.nspname = %(building)s
                 AND NOT has_schema_privilege(role.oid, n.oid, 'CREATE')
       )
       AND NOT EXISTS ({missing_rights})
       AND NOT EXISTS ({unreadable})
FROM pg_roles AS role, ({attributes}) AS attributes
WHERE role.rolname = %(role)s;

-- name: not_plain
-- Why a table that another role has made is not one that the loader may use.
SELECT c.relkind <> 'r' OR c.relhasrules OR c.relhastriggers OR c.relrowsecurity
       OR c.relispartition OR c.reloftype <> 0
       OR EXISTS (SELECT FROM pg_attrdef AS d WHERE d.adrelid = c.oid)
       OR EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = c.oid)
       OR EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid)
       OR EXISTS (SELECT FROM pg_inherits AS h WHERE c.oid IN (h.inhrelid, h.inhparent))
       OR EXISTS (SELECT FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
                  WHERE a.attrelid = c.oid AND a.attnum > 0
                    AND pg_has_role(%(role)s, t.typowner, 'MEMBER'))
FROM pg_class AS c
WHERE c.oid = to_regclass(%(table)s);

-- name: one_grant_at_a_time
SELECT pg_advisory_xact_lock(hashtextextended('medallion.grants ' || %(schema)s, 0));
