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
-- How many tables a DAG has published of each data interval.
SELECT data_interval_end, count(DISTINCT (layer, table_name))
FROM medallion.publications
WHERE dag_id = %(dag_id)s
GROUP BY data_interval_end;

-- name: runs
-- The runs whose ids begin with a text and of which a task has ended, by when they began.
SELECT run_id, min(started_at), max(finished_at),
       count(*) FILTER (WHERE status = 'success'), count(*) FILTER (WHERE status = 'failed')
FROM medallion.task_runs
WHERE dag_id = %(dag_id)s AND starts_with(run_id, %(begins)s)
GROUP BY run_id
ORDER BY min(started_at);

-- name: run_seconds
-- How long the latest runs without a failed task took, on average.
SELECT avg(seconds)
FROM (SELECT extract(epoch FROM max(finished_at) - min(started_at)) AS seconds
      FROM medallion.task_runs
      WHERE dag_id = %(dag_id)s
      GROUP BY run_id
      HAVING bool_and(status = 'success')
      ORDER BY max(finished_at) DESC
      LIMIT %(latest)s) AS runs;
