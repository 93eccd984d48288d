-- Versions that are SELECTs: views in the store, of which the public view shows one.

-- name: shown
-- Those that the public view can show, by their names, with their columns. By name: whoever asks may
-- have no right to the schemas.
SELECT c.relname::text, array_agg(DISTINCT a.attname::text),
       bool_or(EXISTS (SELECT FROM pg_class AS p WHERE p.relnamespace = n.oid
                       AND p.relname = c.relname || '__rows' AND p.relkind = 'p'))
FROM pg_class AS v
JOIN pg_namespace AS m ON m.oid = v.relnamespace
JOIN pg_rewrite AS r ON r.ev_class = v.oid
JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                    AND d.refclassid = 'pg_class'::regclass
JOIN pg_class AS c ON c.oid = d.refobjid AND c.relkind = 'v'
JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = %(store)s
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
WHERE m.nspname = %(schema)s AND v.relname = %(name)s
GROUP BY 1;

-- name: partitioned
-- The partitioned tables of a store by the names of a table's versions.
SELECT c.relname::text
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(store)s AND c.relkind = 'p'
  AND c.relname ~ ('^' || %(name)s || '__v[0-9]+__rows$');

-- name: reads_parent
-- Whether the public view can show versions with rows of their own.
SELECT EXISTS (
    SELECT FROM pg_rewrite AS r
    JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                        AND d.refclassid = 'pg_class'::regclass
    WHERE r.ev_class = to_regclass(%(public)s) AND d.refobjid = to_regclass(%(parent)s)
);

-- name: kept
-- All views in the store by the names of a table's versions.
SELECT c.relname::text
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %(store)s AND c.relkind = 'v' AND c.relname ~ ('^' || %(name)s || '__v[0-9]+$');

-- name: unreadable
-- Versions that are SELECTs whose owner may read one of their inputs no longer, by their names.
-- PostgreSQL asks for the rights of every SELECT that the public view knows, not of the current one
-- alone.
SELECT DISTINCT c.relname::text
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = %(store)s
JOIN pg_rewrite AS r ON r.ev_class = c.oid
JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                    AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
JOIN pg_class AS i ON i.oid = d.refobjid AND i.relkind IN ('r', 'v', 'm', 'p', 'f')
WHERE c.relkind = 'v' AND c.relname ~ ('^' || %(name)s || '__v[0-9]+$')
  AND NOT has_table_privilege(c.relowner, i.oid, 'SELECT');

-- name: is_same
-- Whether two views are the same SELECT, of one owner. Of names that are not there: false.
SELECT coalesce((
    SELECT pg_get_viewdef(a.oid) = pg_get_viewdef(b.oid) AND a.relowner = b.relowner
    FROM pg_class AS a, pg_class AS b
    WHERE a.oid = to_regclass(%(one)s) AND b.oid = to_regclass(%(other)s)
), false);

-- name: not_plain
-- Why a view that a domain's role has made is not one that readers may get; no row: it is not there.
-- It has a function, an operator or a type that is not PostgreSQL's own, which would run with the
-- rights of whoever reads the view.
SELECT c.relkind <> 'v' OR c.relhastriggers OR pg_get_userbyid(c.relowner) <> %(role)s
       OR c.reloptions IS DISTINCT FROM ARRAY['security_barrier=true'] OR c.relacl IS NOT NULL
       OR (SELECT count(*) FROM pg_rewrite AS r WHERE r.ev_class = c.oid) <> 1
       OR EXISTS (
           SELECT FROM pg_rewrite AS r
           JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
           WHERE r.ev_class = c.oid
             AND d.refclassid NOT IN ('pg_class'::regclass, 'pg_collation'::regclass)
       )
FROM pg_class AS c
WHERE c.oid = to_regclass(%(view)s);

-- name: store_without_right
-- The schema of a view in the store, where the role may not make it; no row: it may, or it is none.
-- By name, for the view need not be there.
SELECT n.nspname::text
FROM pg_namespace AS n, pg_roles AS r
WHERE format('%%I', n.nspname) = split_part(%(view)s, '.', 1) AND n.nspname LIKE 'store\_%%'
  AND r.rolname = %(owner)s AND NOT has_schema_privilege(r.oid, n.oid, 'CREATE');
