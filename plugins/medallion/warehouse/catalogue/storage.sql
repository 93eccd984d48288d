-- How the version of a table that readers see is kept on the disk. By name: whoever asks has no right
-- to the schemas.

-- name: indexes
-- Its indexes: what PostgreSQL says of each, whether a spec asked for it, and its bytes.
SELECT regexp_replace(pg_get_indexdef(c.oid), '^.*? USING ', '') AS definition,
       i.indisunique AS is_unique,
       coalesce(d.description LIKE 'medallion: %%', false) AS is_of_spec,
       pg_relation_size(c.oid) AS bytes
FROM medallion.current_versions AS v
JOIN pg_namespace AS n ON n.nspname = 'store_' || v.layer || '_' || v.domain
JOIN pg_class AS t ON t.relnamespace = n.oid AND t.relname = v.table_name || '__v' || v.version
JOIN pg_index AS i ON i.indrelid = t.oid
JOIN pg_class AS c ON c.oid = i.indexrelid
LEFT JOIN pg_description AS d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass
                              AND d.objsubid = 0
WHERE (v.layer, v.domain, v.table_name) = (%(layer)s, %(domain)s, %(table_name)s)
ORDER BY is_of_spec, c.oid;
