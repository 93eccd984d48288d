-- What the registry knows of landings and publications, for who compares it with the lake.

-- name: landings
SELECT dag_id, run_id, data_interval_start AS interval_start, data_interval_end AS interval_end,
       manifest_uri AS uri, records, deleting_at IS NULL AND deleted_at IS NULL AS is_kept,
       published_at IS NOT NULL AS is_published
FROM medallion.loads
WHERE domain = %(domain)s AND dataset = %(table_name)s AND manifest_uri IS NOT NULL
ORDER BY data_interval_end, load_id;

-- name: publications
SELECT DISTINCT dag_id, run_id, digest FROM medallion.publications
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s;

-- name: overtaken_by
-- The run of a later publication that has replaced the whole table, or published this interval.
SELECT run_id FROM medallion.publications
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
  AND published_at > %(published_at)s
  AND (data_interval_end = %(interval_end)s
       OR write_disposition = ANY(%(of_whole_tables)s) AND data_interval_end > %(interval_end)s)
ORDER BY publication_id DESC LIMIT 1;
