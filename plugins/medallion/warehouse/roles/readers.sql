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

-- name: may_read
SELECT has_schema_privilege(%(role)s, %(schema)s, 'USAGE')
   AND has_table_privilege(%(role)s, to_regclass(%(view)s), 'SELECT');
