-- What became of one table over time.

-- name: publications
SELECT publication_id, version, write_disposition, dag_id, run_id, data_interval_start,
       data_interval_end, published_at, spec_digest, load_id, rows_read, rows_published,
       rows_quarantined, rows_deduplicated, rows_discarded, rows_deleted, rows_total, bytes, is_current,
       version_kept, spec_commit
FROM medallion.publications
WHERE (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s)
ORDER BY publication_id DESC LIMIT %(most)s;

-- name: current_commit
SELECT spec_commit FROM medallion.publications
WHERE (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s) AND is_current;

-- name: sizes
-- Bytes on disk of each version that is kept, with its indexes and partitions.
-- By name: whoever asks has no right to the schemas.
SELECT p.version, (SELECT sum(pg_total_relation_size(one))
                   FROM (SELECT c.oid UNION SELECT t.relid
                         FROM pg_class AS r, pg_partition_tree(r.oid) AS t
                         WHERE r.relnamespace = n.oid AND r.relname = p.name || '__rows'
                        ) AS stored (one))::bigint AS bytes
FROM (
    SELECT DISTINCT version, 'store_' || layer || '_' || domain AS schema,
                    table_name || '__v' || version AS name
    FROM medallion.publications
    WHERE (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s) AND version_kept
) AS p
JOIN pg_namespace AS n ON n.nspname = p.schema
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = p.name
ORDER BY p.version;

-- name: columns
SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type,
       coalesce(col_description(a.attrelid, a.attnum), '') AS description
FROM pg_namespace AS n
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = %(view)s
JOIN pg_attribute AS a ON a.attrelid = c.oid
WHERE n.nspname = %(schema)s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;
