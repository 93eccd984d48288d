-- Landings that nothing needs any more, of a table whose spec sets no retention.

-- name: due_from
-- From when on such landings are deleted: a while after the upgrade that has brought this.
SELECT applied_at + %(notice)s FROM medallion.registry_version WHERE version = %(since)s;

-- name: candidates
-- Older than `age`; published, or overtaken: another run has published the same interval, or the whole
-- table, from a later landing. Not the one that readers' table was made of last, nor those of a run that
-- may be still running. Those whose deletion was interrupted are always among them.
SELECT l.load_id, l.manifest_uri AS uri, l.records, l.bytes, l.extracted_at
FROM medallion.loads AS l
WHERE l.domain = %(domain)s AND l.dataset = %(dataset)s AND l.manifest_uri IS NOT NULL
  AND l.deleted_at IS NULL
  AND (l.deleting_at IS NOT NULL OR l.extracted_at < now() - %(age)s
      AND (l.published_at IS NOT NULL OR EXISTS (
          SELECT FROM medallion.publications AS p
          WHERE p.layer = 'silver' AND p.domain = l.domain AND p.table_name = l.dataset
            AND p.load_id > l.load_id
            AND (p.data_interval_end = l.data_interval_end
                 OR p.write_disposition = ANY(%(of_whole_tables)s))))
      AND greatest(l.extracted_at, (
          SELECT max(t.finished_at) FROM medallion.task_runs AS t
          WHERE t.dag_id = l.dag_id AND t.run_id = l.run_id
            AND split_part(t.task_id, '.', 1) = l.dataset
      )) < now() - %(unfinished_kept)s
      AND NOT EXISTS (
          SELECT FROM medallion.publications AS p
          WHERE p.load_id = l.load_id AND p.is_current))
ORDER BY l.load_id;

-- name: kept_versions
-- By the ledger; a pinned version of a former shape is among them.
SELECT DISTINCT version
FROM medallion.publications
WHERE layer = 'silver' AND domain = %(domain)s AND table_name = %(dataset)s
  AND (version_kept OR is_current);

-- name: with_rows
-- Those of some landings that a relation has rows of. It scans the relation.
SELECT DISTINCT _load_id FROM {relation} WHERE _load_id = ANY(%(loads)s);

-- name: with_open_rows
-- Those of some landings that a quarantine has open rows of, but for rows that are kept no longer.
SELECT DISTINCT _load_id FROM {relation}
WHERE _load_id = ANY(%(loads)s) AND replayed_at IS NULL
  AND (%(age)s::interval IS NULL OR quarantined_at >= now() - %(age)s);

-- name: gone_landings
-- Landings that were deleted longer ago than `age`, and those that were never made, of runs as old:
-- what the registry still knows of them, but for the memory of files that were read.
SELECT l.load_id
FROM medallion.loads AS l
WHERE l.domain = %(domain)s AND l.dataset = %(dataset)s
  AND (l.deleted_at < now() - %(age)s OR l.manifest_uri IS NULL AND l.load_id < (
      SELECT max(o.load_id) FROM medallion.loads AS o WHERE o.extracted_at < now() - %(age)s))
  AND NOT EXISTS (SELECT FROM medallion.task_runs AS t
                  WHERE t.dag_id = l.dag_id AND t.run_id = l.run_id
                    AND split_part(t.task_id, '.', 1) = l.dataset)
  AND NOT EXISTS (SELECT FROM medallion.publications AS p WHERE p.load_id = l.load_id)
  AND NOT EXISTS (SELECT FROM medallion.landed_files AS f WHERE f.load_id = l.load_id);

-- name: forget_landings
DELETE FROM medallion.loads WHERE load_id = ANY(%(loads)s);
