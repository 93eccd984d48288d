-- How the version of a table that readers see is kept on the disk. By name: whoever asks has no right
-- to the schemas.

-- name: indexes
-- Its indexes: what PostgreSQL says of each, whether a spec asked for it, and its bytes; of a
-- partitioned version those of all partitions.
SELECT substring(pg_get_indexdef(c.oid) FROM ' USING (.*)') AS definition,
       i.indisunique AS is_unique,
       coalesce(d.description LIKE 'medallion: %%', false) AS is_of_spec,
       (SELECT sum(pg_relation_size(stored.one))::bigint
        FROM (SELECT c.oid UNION SELECT p.relid FROM pg_partition_tree(c.oid) AS p) AS stored (one)
       ) AS bytes
FROM medallion.publications AS v
JOIN pg_namespace AS n ON n.nspname = 'store_' || v.layer || '_' || v.domain
JOIN pg_class AS t ON t.relnamespace = n.oid
    AND t.relname IN (v.table_name || '__v' || v.version,
                      v.table_name || '__v' || v.version || '__rows')
JOIN pg_index AS i ON i.indrelid = t.oid
JOIN pg_class AS c ON c.oid = i.indexrelid
LEFT JOIN pg_description AS d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass
                              AND d.objsubid = 0
WHERE (v.layer, v.domain, v.table_name) = (%(layer)s, %(domain)s, %(table_name)s)
  AND v.is_current
ORDER BY is_of_spec, c.oid;

-- name: partitions
-- Its partitions, the latest first: the stretch of time as PostgreSQL has it, the rows by its
-- statistics, and the bytes with indexes.
SELECT pg_get_expr(c.relpartbound, c.oid) AS bounds, greatest(c.reltuples, 0)::bigint AS rows,
       pg_total_relation_size(c.oid) AS bytes
FROM medallion.publications AS v
JOIN pg_namespace AS n ON n.nspname = 'store_' || v.layer || '_' || v.domain
JOIN pg_class AS t ON t.relnamespace = n.oid
    AND t.relname = v.table_name || '__v' || v.version || '__rows'
JOIN pg_inherits AS i ON i.inhparent = t.oid
JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE (v.layer, v.domain, v.table_name) = (%(layer)s, %(domain)s, %(table_name)s)
  AND v.is_current
ORDER BY c.relname DESC;
