-- Roles that read: what they are, and what they lack.

-- name: database
SELECT current_database();

-- name: may_connect
SELECT has_database_privilege(%(role)s, current_database(), 'CONNECT');

-- name: limits
-- How many sessions a role may have, and the settings that it has of its own in this database.
SELECT r.rolconnlimit,
       coalesce((SELECT array_agg(split_part(setting, '=', 1))
                 FROM pg_db_role_setting AS s, unnest(s.setconfig) AS setting
                 WHERE s.setrole = r.oid
                   AND s.setdatabase IN (0, (SELECT d.oid FROM pg_database AS d
                                             WHERE d.datname = current_database()))), '{}')
FROM pg_roles AS r WHERE r.rolname = %(role)s;

-- name: may_administer
SELECT pg_has_role(%(member)s, %(role)s, 'MEMBER WITH ADMIN OPTION')
   AND pg_has_role(%(member)s, %(role)s, 'USAGE');

-- name: is_there
SELECT 1 FROM pg_roles WHERE rolname = %(role)s;
