-- What the server's catalogue knows of relations: questions only.

-- name: columns
-- Of a table or view, in their order, with their types as PostgreSQL spells them. By name: whoever
-- asks may have no right to its schema.
SELECT a.attname, format_type(a.atttypid, a.atttypmod)
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(schema)s AND c.relname = %(name)s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;

-- name: children
-- The tables that inherit from one, in its schema. By name: whoever asks may have no right to it.
SELECT c.relname::text
FROM pg_inherits AS i
JOIN pg_class AS c ON c.oid = i.inhrelid
JOIN pg_class AS p ON p.oid = i.inhparent
JOIN pg_namespace AS n ON n.oid = p.relnamespace
WHERE n.nspname = %(schema)s AND p.relname = %(name)s
ORDER BY 1;

-- name: indexes
-- Of a table, in the order of their making.
SELECT c.relname
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
WHERE i.indrelid = to_regclass(%(relation)s)
ORDER BY i.indexrelid;

-- name: dependents
-- The views and materialized views that select from a view: each has a rule that depends on it.
SELECT DISTINCT format('%%I.%%I', n.nspname, v.relname)
FROM pg_depend AS d
JOIN pg_rewrite AS r ON r.oid = d.objid
JOIN pg_class AS v ON v.oid = r.ev_class
JOIN pg_namespace AS n ON n.oid = v.relnamespace
WHERE d.refobjid = to_regclass(%(relation)s) AND v.oid <> d.refobjid
ORDER BY 1;

-- name: comments
-- Of a relation, under '', and of its columns, under their names.
SELECT coalesce(a.attname, ''), d.description
FROM pg_description AS d
LEFT JOIN pg_attribute AS a
    ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0
WHERE d.objoid = to_regclass(%(relation)s);

-- name: lock_holders
-- The sessions, but for this one, that hold a lock on a relation of these schemas.
SELECT DISTINCT a.pid, a.usename, a.application_name, a.xact_start
FROM pg_locks AS l
JOIN pg_class AS c ON c.oid = l.relation
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_stat_activity AS a ON a.pid = l.pid
WHERE n.nspname = ANY(%(schemas)s) AND l.granted AND a.pid <> pg_backend_pid();

-- name: names_of_types
-- Of columns that were described by the oid and the modifier of their types, in that order.
SELECT format_type(type, modifier)
FROM unnest(%(types)s::oid[], %(modifiers)s::int[]) WITH ORDINALITY AS t (type, modifier, place)
ORDER BY place;

-- name: roles
-- Of these, the roles that the server has.
SELECT rolname FROM pg_roles WHERE rolname = ANY(%(roles)s);

-- name: oid
SELECT to_regclass(%(relation)s)::oid::bigint;

-- name: bytes
-- Of a table's rows on the disk, without long values, which are kept apart.
SELECT coalesce(pg_relation_size(to_regclass(%(relation)s)), 0);

-- name: count
SELECT count(*) FROM {table};

-- name: is_empty
SELECT NOT EXISTS (SELECT FROM {table});
