-- What the registry knows that helps to estimate a backfill.

-- name: latest_landings
-- Of a dataset: records, requests (NULL where the source makes none), and how long each took.
SELECT l.records, (l.notes ->> 'requests')::bigint, t.seconds
FROM medallion.loads AS l
LEFT JOIN medallion.task_runs AS t
    ON t.dag_id = l.dag_id AND t.run_id = l.run_id AND t.task_id = l.dataset || '.land'
WHERE l.dag_id = %(dag_id)s AND l.dataset = %(dataset)s AND l.records IS NOT NULL
ORDER BY l.load_id DESC
LIMIT %(latest)s;

-- name: published_intervals
-- How many tables a DAG has published of each data interval, and the rows of its silver tables in the
-- latest publication of each.
SELECT data_interval_end AS "end", count(*) AS tables,
       coalesce(sum(rows_published) FILTER (WHERE layer = 'silver'), 0)::bigint AS rows
FROM (
    SELECT DISTINCT ON (data_interval_end, layer, table_name)
           data_interval_end, layer, rows_published
    FROM medallion.publications
    WHERE dag_id = %(dag_id)s
    ORDER BY data_interval_end, layer, table_name, publication_id DESC
) AS latest
GROUP BY data_interval_end;

-- name: backfill_runs
-- The runs that are of a backfill and of which a task has ended, by when they began.
SELECT run_id, min(started_at), max(finished_at),
       count(*) FILTER (WHERE status = 'success'), count(*) FILTER (WHERE status = 'failed')
FROM medallion.task_runs
WHERE dag_id = %(dag_id)s AND is_backfill
GROUP BY run_id
ORDER BY min(started_at);

-- name: run_seconds
-- How long the latest runs took, on average, of which so many tasks have ended, all well.
SELECT avg(seconds)
FROM (SELECT extract(epoch FROM max(finished_at) - min(started_at)) AS seconds
      FROM medallion.task_runs
      WHERE dag_id = %(dag_id)s
      GROUP BY run_id
      HAVING bool_and(status = 'success') AND count(*) >= %(tasks)s
      ORDER BY max(finished_at) DESC
      LIMIT %(latest)s) AS runs;
