-- name: read
SELECT column_name, roles, is_email, keep_last FROM medallion.read_masks
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
ORDER BY column_name;

-- name: read_in_clear
-- The columns whose mask is not for the role that asks.
SELECT m.column_name FROM medallion.read_masks AS m
WHERE m.layer = %(layer)s AND m.domain = %(domain)s AND m.table_name = %(table_name)s
  AND EXISTS (
    SELECT FROM pg_catalog.pg_roles AS r
    WHERE r.rolname = ANY (m.roles) AND pg_catalog.pg_has_role(r.oid, 'USAGE')
  )
ORDER BY m.column_name;

-- name: forget
DELETE FROM medallion.read_masks
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
  AND column_name = %(column_name)s;

-- name: keep
INSERT INTO medallion.read_masks
    (layer, domain, table_name, column_name, roles, is_email, keep_last)
VALUES (%(layer)s, %(domain)s, %(table_name)s, %(column_name)s, %(roles)s, %(is_email)s,
        %(keep_last)s)
ON CONFLICT (layer, domain, table_name, column_name) DO UPDATE
SET roles = excluded.roles, is_email = excluded.is_email, keep_last = excluded.keep_last;
