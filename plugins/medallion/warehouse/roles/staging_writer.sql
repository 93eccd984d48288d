-- The role that a cluster fills one run's staging tables as.

-- name: exists
SELECT true FROM pg_roles WHERE rolname = %(role)s;

-- name: expired
-- Roles of runs that were killed and not tried again.
SELECT rolname FROM pg_roles
WHERE rolname ^@ %(prefix)s AND right(rolname, length(%(suffix)s)) = %(suffix)s
  AND rolvaliduntil < now() AND pg_has_role(rolname, 'MEMBER');

-- name: end_sessions
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %(role)s;

-- name: schemas
-- Where it may look.
SELECT n.nspname FROM pg_namespace AS n, aclexplode(n.nspacl) AS a
WHERE a.grantee = (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = %(role)s);

-- name: tables
SELECT DISTINCT n.nspname, c.relname
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace, aclexplode(c.relacl) AS a
WHERE a.grantee = (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = %(role)s);
