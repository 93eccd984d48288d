-- What went wrong and is over again, and the messages about it.

-- name: open
INSERT INTO medallion.incidents AS i
    (key, event, domain, dag_id, run_id, table_name, problem, details, is_passing, closed_at,
     closing_routed)
VALUES (%(key)s, %(event)s, %(domain)s, %(dag_id)s, %(run_id)s, %(table)s, %(problem)s, %(details)s,
        %(is_passing)s, CASE WHEN %(is_passing)s THEN clock_timestamp() END, %(is_passing)s)
ON CONFLICT (key) WHERE closed_at IS NULL DO UPDATE
SET last_seen_at = clock_timestamp(), times_seen = i.times_seen + 1, run_id = excluded.run_id,
    problem = excluded.problem, details = excluded.details;

-- name: happened
-- A run that is tried again sees the same thing again.
SELECT EXISTS (SELECT FROM medallion.incidents WHERE key = %(key)s);

-- name: close
UPDATE medallion.incidents SET closed_at = clock_timestamp()
WHERE key = ANY(%(keys)s) AND closed_at IS NULL;

-- name: close_others
-- Those of an event that are not among the keys: nobody sees them any longer.
UPDATE medallion.incidents SET closed_at = clock_timestamp()
WHERE event = %(event)s AND closed_at IS NULL AND NOT (key = ANY(%(keys)s));

-- name: drop_pipelines
-- Nobody waits for the recovery of a pipeline that is gone.
UPDATE medallion.incidents SET closed_at = clock_timestamp(), closing_routed = true
WHERE dag_id = ANY(%(dag_ids)s) AND closed_at IS NULL;

-- name: explained
-- Whether an open incident says already why a run failed.
SELECT EXISTS (
    SELECT FROM medallion.incidents
    WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND closed_at IS NULL
      AND event IN ('gate_failed', 'quarantine_above_limit')
);

-- name: open_incidents
SELECT incident_id, key, event, domain, dag_id, run_id, table_name AS "table", problem, details,
       opened_at, last_seen_at, times_seen, closed_at, is_passing
FROM medallion.incidents
WHERE closed_at IS NULL
ORDER BY opened_at, incident_id;

-- name: failed_tasks
-- Of a load that another tool was asked for: what it was waited for in vain.
SELECT task_id, error FROM (
    SELECT task_id, coalesce(error, 'it has left no error') AS error, finished_at AS at
    FROM medallion.task_runs
    WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND status = 'failed'
    UNION ALL
    SELECT task_id, problem, asked_at
    FROM medallion.source_syncs
    WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND problem IS NOT NULL
) AS failed
ORDER BY at;

-- name: later_runs
-- The run itself, which may have been cleared, and those of which a task has ended since.
SELECT %(run_id)s AS run_id
UNION
SELECT run_id FROM medallion.task_runs WHERE dag_id = %(dag_id)s AND finished_at > %(since)s;

-- name: backfills
-- Runs of backfills that no message was sent about yet, by pipeline.
SELECT t.dag_id, array_agg(DISTINCT t.run_id ORDER BY t.run_id) AS run_ids,
       max(t.finished_at) AS ended_at
FROM medallion.task_runs AS t
WHERE t.is_backfill AND t.finished_at > statement_timestamp() - interval '7 days'
  AND t.finished_at > coalesce((
      SELECT max(i.opened_at) FROM medallion.incidents AS i
      WHERE i.event = 'backfill_finished' AND i.dag_id = t.dag_id), '-infinity')
GROUP BY t.dag_id;

-- name: unrouted
SELECT incident_id, key, event, domain, dag_id, run_id, table_name AS "table", problem, details,
       opened_at, last_seen_at, times_seen, closed_at, is_passing
FROM medallion.incidents
WHERE NOT opening_routed OR (closed_at IS NOT NULL AND NOT closing_routed)
ORDER BY incident_id;

-- name: channels
SELECT dag_id, domain, alerts FROM medallion.declared_pipelines WHERE alerts <> '[]';

-- name: add_notice
INSERT INTO medallion.notices (incident_id, conn_id, notice, receivers)
VALUES (%(incident_id)s, %(conn_id)s, %(notice)s, %(receivers)s)
ON CONFLICT DO NOTHING;

-- name: keep_routed
UPDATE medallion.incidents
SET opening_routed = true, closing_routed = closing_routed OR closed_at IS NOT NULL
WHERE incident_id = %(incident_id)s;

-- name: was_opened_to
SELECT EXISTS (
    SELECT FROM medallion.notices
    WHERE incident_id = %(incident_id)s AND conn_id = %(conn_id)s AND notice = 'opened'
);

-- name: claim
-- Taken for some minutes: another sender, or this one after a crash, tries again then.
UPDATE medallion.notices AS n
SET attempts = n.attempts + 1, next_at = clock_timestamp() + interval '5 minutes'
FROM medallion.incidents AS i
LEFT JOIN medallion.declared_pipelines AS p ON p.dag_id = i.dag_id
WHERE i.incident_id = n.incident_id AND n.sent_at IS NULL AND n.next_at <= clock_timestamp()
RETURNING n.conn_id, n.notice, n.receivers, n.attempts, coalesce(p.owner, '') AS owner,
          i.incident_id, i.key, i.event, i.domain, i.dag_id, i.run_id, i.table_name AS "table",
          i.problem, i.details, i.opened_at, i.last_seen_at, i.times_seen, i.closed_at,
          i.is_passing;

-- name: sent_lately
SELECT count(DISTINCT sent_at) FROM medallion.notices
WHERE conn_id = %(conn_id)s AND sent_at > clock_timestamp() - interval '1 hour';

-- name: keep_sent
UPDATE medallion.notices SET sent_at = now(), error = NULL
WHERE conn_id = %(conn_id)s AND notice = %(notice)s AND incident_id = %(incident_id)s;

-- name: keep_failure
UPDATE medallion.notices
SET failed_at = clock_timestamp(), error = %(error)s,
    next_at = clock_timestamp() + least(interval '1 minute' * 2 ^ least(attempts - 1, 10),
                                        interval '1 hour')
WHERE conn_id = %(conn_id)s AND notice = %(notice)s AND incident_id = %(incident_id)s;

-- name: put_off
UPDATE medallion.notices
SET attempts = attempts - 1, next_at = clock_timestamp() + interval '1 minute'
WHERE conn_id = %(conn_id)s AND notice = %(notice)s AND incident_id = %(incident_id)s;

-- name: failing_channels
SELECT n.conn_id, count(*) AS waiting, min(i.opened_at) AS oldest, max(n.failed_at) AS failed_at,
       (array_agg(n.error ORDER BY n.failed_at DESC))[1] AS error,
       array_agg(DISTINCT i.domain) AS domains
FROM medallion.notices AS n
JOIN medallion.incidents AS i USING (incident_id)
WHERE n.sent_at IS NULL AND n.error IS NOT NULL
  AND (%(domains)s::text[] IS NULL OR i.domain = ANY(%(domains)s::text[]))
GROUP BY n.conn_id
ORDER BY n.conn_id;
