-- Who may read a published table: what its spec says, and what was given by hand.

-- name: one_at_a_time
SELECT pg_advisory_xact_lock(hashtextextended('medallion.grants ' || %(schema)s, 0));

-- name: recorded
SELECT reader FROM medallion.table_readers
WHERE (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s) AND kind = %(kind)s;

-- name: forget
DELETE FROM medallion.table_readers
WHERE (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s)
  AND kind = %(kind)s AND reader = %(reader)s;

-- name: record
INSERT INTO medallion.table_readers (layer, domain, table_name, kind, reader)
VALUES (%(layer)s, %(domain)s, %(table_name)s, %(kind)s, %(reader)s)
ON CONFLICT DO NOTHING;

-- name: granted
-- The roles that have a right on the view itself, but for its owner; an empty name: everyone.
SELECT DISTINCT coalesce(r.rolname, '')
FROM pg_class AS c
CROSS JOIN LATERAL aclexplode(c.relacl) AS a
LEFT JOIN pg_roles AS r ON r.oid = a.grantee
WHERE c.oid = to_regclass(%(view)s) AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner
ORDER BY 1;

-- name: with_all_rights
-- Administrators, the loader and its members: they need no grant, and losing one would hurt.
SELECT rolname FROM pg_roles
WHERE rolname = ANY (%(roles)s) AND pg_has_role(oid, current_user, 'MEMBER')
ORDER BY 1;

-- name: reads_nothing
-- Whether a role has no right of its own on any relation of a schema.
SELECT has_schema_privilege(%(role)s, %(schema)s, 'USAGE') AND NOT EXISTS (
    SELECT FROM pg_namespace AS n
    JOIN pg_class AS c ON c.relnamespace = n.oid
    LEFT JOIN pg_attribute AS k ON k.attrelid = c.oid AND k.attacl IS NOT NULL
    CROSS JOIN LATERAL (SELECT grantee FROM aclexplode(c.relacl)
                        UNION SELECT grantee FROM aclexplode(k.attacl)) AS a
    JOIN pg_roles AS r ON r.oid = a.grantee
    WHERE n.nspname = %(schema)s AND r.rolname = %(role)s
);

-- name: may_read
SELECT has_schema_privilege(%(role)s, %(schema)s, 'USAGE')
   AND has_table_privilege(%(role)s, to_regclass(%(view)s), 'SELECT');

-- name: views_that_read
-- Roles of domains whose gold views read a table that is not shared with them, with the right to it.
SELECT DISTINCT r.rolname, substr(n.nspname, length('store_gold_') + 1)
FROM pg_class AS c
CROSS JOIN LATERAL aclexplode(c.relacl) AS a
JOIN pg_roles AS r ON r.oid = a.grantee
JOIN pg_class AS v ON v.relowner = r.oid AND v.relkind = 'v'
JOIN pg_namespace AS n ON n.oid = v.relnamespace AND starts_with(n.nspname, 'store_gold_')
WHERE c.oid = to_regclass(%(view)s) AND a.privilege_type = 'SELECT'
  AND substr(n.nspname, length('store_gold_') + 1) <> %(domain)s
  AND NOT EXISTS (
      SELECT FROM medallion.table_readers AS t
      WHERE (t.layer, t.domain, t.table_name) = (%(layer)s, %(domain)s, %(table_name)s)
        AND t.kind = 'domain' AND t.reader IN (substr(n.nspname, length('store_gold_') + 1), 'public')
  )
ORDER BY 1;
