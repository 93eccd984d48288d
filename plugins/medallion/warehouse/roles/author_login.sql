-- The role that an author's tools read as.

-- name: readers
-- The roles that read published tables or the registry, of which the login is not yet a member.
SELECT r.rolname::text
FROM pg_roles AS r
WHERE (r.rolname = ANY (%(names)s::text[]) OR r.rolname ^@ %(prefix)s)
  AND NOT EXISTS (SELECT FROM pg_auth_members AS m JOIN pg_roles AS l ON l.oid = m.member
                  WHERE m.roleid = r.oid AND l.rolname = %(login)s)
ORDER BY 1;

-- name: may_change
-- Whether who asks could make or own anything here: an administrator, or the loader, which makes
-- schemas.
SELECT r.rolsuper OR r.rolcreaterole OR has_database_privilege(current_database(), 'CREATE')
FROM pg_roles AS r WHERE r.rolname = current_user;
