-- Gold tables that are views: a version is a SELECT, which the public view shows or does not.

CREATE OR REPLACE FUNCTION medallion.is_stored(
    layer text, domain text, table_name text, version integer
)
    RETURNS boolean LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM pg_inherits AS i
        JOIN pg_class AS c ON c.oid = i.inhrelid
        JOIN pg_class AS p ON p.oid = i.inhparent
        JOIN pg_namespace AS n ON n.oid = p.relnamespace
        WHERE n.nspname = 'store_' || $1 || '_' || $2 AND p.relname = $3
          AND c.relnamespace = n.oid AND c.relname = $3 || '__v' || $4
    ) OR EXISTS (
        SELECT FROM pg_class AS s
        JOIN pg_namespace AS n ON n.oid = s.relnamespace
        JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid
                            AND d.classid = 'pg_rewrite'::regclass
        JOIN pg_rewrite AS r ON r.oid = d.objid
        JOIN pg_class AS v ON v.oid = r.ev_class
        JOIN pg_namespace AS m ON m.oid = v.relnamespace
        WHERE n.nspname = 'store_' || $1 || '_' || $2 AND s.relname = $3 || '__v' || $4
          AND s.relkind = 'v' AND m.nspname = $1 || '_' || $2 AND v.relname = $3
    )
$$;
