-- What `doctor` asks once it is logged in: the server's kind, and what the role may do.

-- name: read_as_text
-- A database without an encoding (SQL_ASCII) gives bytes, names included; they are shown.
SET client_encoding = 'UTF8';

-- name: server
-- Version as a number, encoding, whether it only reads, and its clock.
SELECT current_setting('server_version_num')::int, current_setting('server_version'),
       (SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()),
       pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on',
       clock_timestamp();

-- name: role
-- Who it is, whether a superuser, whether it may make schemas, and whether the registry is its own.
SELECT current_user, rolsuper, has_database_privilege(current_database(), 'CREATE'),
       (SELECT pg_has_role(current_user, nspowner, 'USAGE')
        FROM pg_namespace WHERE nspname = 'medallion')
FROM pg_roles WHERE rolname = current_user;
