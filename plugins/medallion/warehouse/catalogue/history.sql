-- What became of one table over time.

-- name: publications
SELECT publication_id, version, write_disposition, dag_id, run_id, data_interval_start,
       data_interval_end, published_at, spec_digest, load_id, rows_read, rows_published,
       rows_quarantined, rows_deduplicated, rows_discarded, rows_deleted, rows_total, bytes, is_current,
       version_kept
FROM medallion.publications
WHERE (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s)
ORDER BY publication_id DESC LIMIT %(most)s;

-- name: sizes
-- Bytes on disk of each version that is kept, with its indexes.
SELECT p.version, pg_total_relation_size(to_regclass(p.place)) AS bytes
FROM (
    SELECT DISTINCT version, format('%%I.%%I', 'store_' || layer || '_' || domain,
                                    table_name || '__v' || version) AS place
    FROM medallion.publications
    WHERE (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s) AND version_kept
) AS p
ORDER BY p.version;

-- name: columns
SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type,
       coalesce(col_description(a.attrelid, a.attnum), '') AS description
FROM pg_attribute AS a
WHERE a.attrelid = to_regclass(%(view)s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;
