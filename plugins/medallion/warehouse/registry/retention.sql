-- What the registry does not keep for ever: verdicts of checks, records of tasks, old
-- publications, incidents that are over.
-- Each statement is of one table, and counts what it would delete or has deleted.

-- name: old_gate_results
FROM medallion.gate_results AS g
WHERE g.domain = %(domain)s AND g.table_name = %(table_name)s AND g.layer = ANY(%(layers)s)
  AND g.evaluated_at < now() - %(age)s
  AND NOT EXISTS (SELECT FROM medallion.publications AS p
                  WHERE p.publication_id = g.publication_id AND p.is_current)

-- name: old_task_runs
FROM medallion.task_runs AS t
WHERE t.dag_id = ANY(%(dag_ids)s) AND split_part(t.task_id, '.', 1) = %(table_name)s
  AND t.finished_at < now() - %(age)s
  AND NOT EXISTS (SELECT FROM medallion.publications AS p
                  WHERE p.dag_id = t.dag_id AND p.run_id = t.run_id AND p.is_current)

-- name: old_syncs
-- Of the pipelines that have published the table.
FROM medallion.source_syncs AS s
WHERE s.dag_id = ANY(%(dag_ids)s) AND s.asked_at < now() - %(age)s

-- name: old_publications
-- The latest of each version that is there stays (a rollback goes to it), the latest of all (it says
-- which number comes next), those that say which keys were there at which time, or which intervals an
-- incremental table holds, and those whose rows in quarantine may be replayed.
FROM medallion.publications AS p
WHERE p.layer = %(layer)s AND p.domain = %(domain)s AND p.table_name = %(table_name)s
  AND p.published_at < now() - %(age)s
  AND NOT p.is_current
  AND NOT (p.version_kept AND (p.is_whole OR p.write_disposition = 'scd2' OR EXISTS (
      SELECT FROM medallion.windows AS w WHERE w.publication_id = p.publication_id)))
  AND NOT (p.run_id = ANY(%(quarantined)s))
  AND EXISTS (SELECT FROM medallion.publications AS later
              WHERE later.layer = p.layer AND later.domain = p.domain
                AND later.table_name = p.table_name AND later.version >= p.version
                AND later.publication_id > p.publication_id
                AND (later.version = p.version OR NOT p.version_kept))

-- name: old_incidents
-- Of the table, and of its domain's pipelines and files as a whole, also of those that never
-- published; with the messages about them.
FROM medallion.incidents AS i
WHERE i.closed_at < now() - %(age)s
  AND (i.table_name = %(public)s OR (i.table_name IS NULL AND i.domain = %(domain)s))

-- name: old_approvals
-- What waits has no end yet.
FROM medallion.approvals AS a
WHERE a.layer = %(layer)s AND a.domain = %(domain)s AND a.table_name = %(table_name)s
  AND a.decided_at < now() - %(age)s

-- name: old_deletions
-- The latest of a version's partitions says which intervals are there no more: the oldest go first.
FROM medallion.deletions AS d
WHERE d.layer = %(layer)s AND d.domain = %(domain)s AND d.table_name = %(table_name)s
  AND d.deleted_at < now() - %(age)s
  AND NOT (d.kind = 'partition' AND NOT EXISTS (
      SELECT FROM medallion.deletions AS later
      WHERE later.kind = 'partition' AND later.deletion_id > d.deletion_id
        AND (later.layer, later.domain, later.table_name) = (d.layer, d.domain, d.table_name)
        AND regexp_replace(later.place, '__p[0-9_]+$', '')
            = regexp_replace(d.place, '__p[0-9_]+$', '')))

-- name: old_actions
-- Of the table, and of the pipelines that have published it.
FROM medallion.operator_actions AS a
WHERE (a.layer = %(layer)s AND a.domain = %(domain)s AND a.table_name = %(table_name)s
       OR a.dag_id = ANY(%(dag_ids)s))
  AND a.done_at < now() - %(age)s

-- name: publishers
-- The DAGs that have published a table.
SELECT DISTINCT dag_id
FROM medallion.publications
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s;

-- name: quarantined_runs
SELECT DISTINCT run_id FROM {quarantine};
