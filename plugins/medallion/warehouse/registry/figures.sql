-- Figures that are kept in the transaction of what they count.

-- name: count_publication
INSERT INTO medallion.table_figures AS f
    (layer, domain, table_name, publications, rows_published, rows_quarantined, rows_deduplicated,
     rows_discarded, published_at)
VALUES (%(layer)s, %(domain)s, %(table_name)s, 1, %(rows_published)s, %(rows_quarantined)s,
        %(rows_deduplicated)s, %(rows_discarded)s, clock_timestamp())
ON CONFLICT (layer, domain, table_name) DO UPDATE
SET publications = f.publications + 1,
    rows_published = f.rows_published + excluded.rows_published,
    rows_quarantined = f.rows_quarantined + excluded.rows_quarantined,
    rows_deduplicated = f.rows_deduplicated + excluded.rows_deduplicated,
    rows_discarded = f.rows_discarded + excluded.rows_discarded,
    published_at = excluded.published_at;

-- name: keep_lake_bytes
-- Of the dataset of a load, as its landings are now.
INSERT INTO medallion.table_figures AS f (layer, domain, table_name, lake_bytes)
SELECT 'silver', l.domain, l.dataset,
       coalesce((SELECT sum(k.bytes) FROM medallion.loads AS k
                 WHERE k.domain = l.domain AND k.dataset = l.dataset
                   AND k.manifest_uri IS NOT NULL AND k.deleted_at IS NULL), 0)
FROM medallion.loads AS l
WHERE l.load_id = %(load_id)s
ON CONFLICT (layer, domain, table_name) DO UPDATE SET lake_bytes = excluded.lake_bytes;

-- name: keep_open_rows
INSERT INTO medallion.table_figures AS f (layer, domain, table_name, quarantine_open)
VALUES (%(layer)s, %(domain)s, %(table_name)s, %(open_rows)s)
ON CONFLICT (layer, domain, table_name) DO UPDATE SET quarantine_open = excluded.quarantine_open;

-- name: forget_latest_checks
UPDATE medallion.check_figures SET latest = 0
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s AND latest <> 0;

-- name: count_checks
INSERT INTO medallion.check_figures AS f
    (layer, domain, table_name, on_failure, status, evaluations, latest)
SELECT layer, domain, table_name, on_failure, status, count(*), count(*)
FROM medallion.gate_results
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND task_id = %(task_id)s
GROUP BY layer, domain, table_name, on_failure, status
ORDER BY layer, domain, table_name, on_failure, status
ON CONFLICT (layer, domain, table_name, on_failure, status) DO UPDATE
SET evaluations = f.evaluations + excluded.evaluations, latest = excluded.latest;

-- name: count_task
INSERT INTO medallion.step_figures AS f (domain, step, status, at_most, tasks, seconds)
VALUES (split_part(%(dag_id)s, '.', 1), %(step)s, %(status)s, %(at_most)s, 1, %(seconds)s)
ON CONFLICT (domain, step, status, at_most) DO UPDATE
SET tasks = f.tasks + 1, seconds = f.seconds + excluded.seconds;

-- name: count_open_rows
SELECT count(*) FROM {quarantine} WHERE replayed_at IS NULL;
