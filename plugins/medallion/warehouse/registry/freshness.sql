-- How fresh each declared table is, and what is declared.

-- name: freshness
-- All tables at once. A publication of an older interval makes nothing fresher: what counts is the
-- last one of the newest data in the version that readers see. A gold table is behind since the
-- first publication of an input that its SELECT has not seen, and that readers have seen. tables:
-- these alone, as readers write their names. A view is as old as the oldest of the tables that it
-- shows, also through other views, and never behind them. Days off count for no limit.
WITH RECURSIVE shown_by AS (
    SELECT v.layer, v.domain, v.table_name, i.input
    FROM medallion.publications AS v
    JOIN medallion.table_inputs AS i USING (layer, domain, table_name)
    WHERE v.is_current AND v.write_disposition = 'view'
    UNION
    SELECT s.layer, s.domain, s.table_name, i.input
    FROM shown_by AS s
    JOIN medallion.publications AS v
        ON v.is_current AND v.write_disposition = 'view'
        AND v.layer || '_' || v.domain || '.' || v.table_name = s.input
    JOIN medallion.table_inputs AS i
        ON i.layer = v.layer AND i.domain = v.domain AND i.table_name = v.table_name
), of_views AS (
    SELECT s.layer, s.domain, s.table_name, min(l.published_at) AS published_at,
           min(l.as_of) AS as_of
    FROM shown_by AS s
    CROSS JOIN LATERAL (
        SELECT n.published_at, n.as_of, n.write_disposition
        FROM medallion.publications AS n
        WHERE n.layer = split_part(s.input, '_', 1)
          AND n.domain = split_part(substr(s.input, strpos(s.input, '_') + 1), '.', 1)
          AND n.table_name = split_part(s.input, '.', 2)
          AND (n.is_current OR n.retired_by IS NOT NULL)
        ORDER BY n.as_of DESC, n.published_at DESC
        LIMIT 1
    ) AS l
    WHERE l.write_disposition <> 'view'
    GROUP BY s.layer, s.domain, s.table_name
), found AS (
    SELECT d.layer, d.domain, d.table_name, d.dag_id, p.owner, d.declared_at,
           d.warn_after, d.error_after, d.behind_after, p.days_off,
           p.ends_at IS NULL OR p.ends_at > statement_timestamp() AS is_awaited,
           coalesce(of_views.published_at, last.published_at) AS published_at,
           coalesce(of_views.as_of, last.as_of) AS as_of, behind.since AS behind_since, behind.newer_inputs
    FROM medallion.declared_tables AS d
    JOIN medallion.declared_pipelines AS p USING (dag_id)
    LEFT JOIN medallion.publications AS c
        ON c.layer = d.layer AND c.domain = d.domain AND c.table_name = d.table_name
        AND c.is_current
    LEFT JOIN LATERAL (
        SELECT l.published_at, l.as_of
        FROM medallion.publications AS l
        WHERE l.layer = c.layer AND l.domain = c.domain AND l.table_name = c.table_name
          AND l.version = c.version AND (l.is_current OR l.retired_by IS NOT NULL)
        ORDER BY l.as_of DESC, l.published_at DESC
        LIMIT 1
    ) AS last ON true
    LEFT JOIN LATERAL (
        SELECT min(first.published_at) AS since,
               array_agg(i.input ORDER BY i.input) AS newer_inputs
        FROM medallion.table_inputs AS i
        CROSS JOIN LATERAL (
            SELECT n.published_at
            FROM medallion.publications AS n
            WHERE n.layer = split_part(i.input, '_', 1)
              AND n.domain = split_part(substr(i.input, strpos(i.input, '_') + 1), '.', 1)
              AND n.table_name = split_part(i.input, '.', 2)
              AND n.published_at > c.as_of AND (n.is_current OR n.retired_by IS NOT NULL)
            ORDER BY n.published_at
            LIMIT 1
        ) AS first
        WHERE i.layer = c.layer AND i.domain = c.domain AND i.table_name = c.table_name
    ) AS behind ON c.layer = 'gold' AND c.write_disposition <> 'view'
    LEFT JOIN of_views
        ON of_views.layer = c.layer AND of_views.domain = c.domain
        AND of_views.table_name = c.table_name
    WHERE %(tables)s::text[] IS NULL
       OR d.layer || '_' || d.domain || '.' || d.table_name = ANY (%(tables)s::text[])
), limited AS (
    SELECT *, medallion.due_at(coalesce(published_at, declared_at), warn_after, days_off) AS warn_at,
           medallion.due_at(coalesce(published_at, declared_at), error_after, days_off) AS error_at,
           medallion.due_at(behind_since, behind_after, days_off) AS behind_at
    FROM found
), judged AS (
    SELECT *,
           is_awaited AND coalesce(
               statement_timestamp() > least(warn_at, error_at, behind_at), false) AS is_late,
           CASE
               WHEN published_at IS NULL THEN 'never_published'
               WHEN is_awaited AND statement_timestamp() > error_at THEN 'error'
               WHEN is_awaited AND statement_timestamp() > least(warn_at, behind_at) THEN 'stale'
               WHEN warn_after IS NULL AND error_after IS NULL THEN 'published'
               ELSE 'fresh'
           END AS state
    FROM limited
)
SELECT j.layer, j.domain, j.table_name, j.dag_id, j.owner, j.state, j.is_late,
       CASE
           WHEN s.state = j.state AND s.is_late = j.is_late THEN s.since
           WHEN j.state = 'error' THEN j.error_at
           WHEN j.is_late THEN least(j.warn_at, j.error_at, j.behind_at)
           ELSE coalesce(j.published_at, j.declared_at)
       END AS since,
       j.published_at, j.as_of, statement_timestamp() - j.published_at AS age,
       j.warn_after, j.error_after, j.behind_after, j.behind_since,
       coalesce(j.newer_inputs, '{}') AS newer_inputs,
       CASE WHEN j.is_awaited THEN coalesce(j.warn_at, j.error_at) END AS expected_by,
       coalesce(statement_timestamp() > least(j.warn_at, j.error_at), false) AS is_old,
       s.state IS DISTINCT FROM j.state OR s.is_late IS DISTINCT FROM j.is_late AS has_changed,
       coalesce(s.is_late, false) AS was_late
FROM judged AS j
LEFT JOIN medallion.freshness_states AS s USING (layer, domain, table_name)
ORDER BY j.layer, j.domain, j.table_name;

-- name: late
-- Those that are late, of what `freshness` has found.
SELECT layer, domain, table_name FROM ({freshness}) AS f WHERE is_late;

-- name: keep_state
INSERT INTO medallion.freshness_states AS s (layer, domain, table_name, state, is_late, since)
VALUES (%(layer)s, %(domain)s, %(table_name)s, %(state)s, %(is_late)s, %(since)s)
ON CONFLICT (layer, domain, table_name) DO UPDATE
SET state = excluded.state, is_late = excluded.is_late, since = excluded.since,
    noticed_at = clock_timestamp();

-- name: forget_states
DELETE FROM medallion.freshness_states AS s
WHERE NOT EXISTS (
    SELECT FROM medallion.declared_tables AS d
    WHERE d.layer = s.layer AND d.domain = s.domain AND d.table_name = s.table_name
);

-- name: kept_late
SELECT layer, domain, table_name FROM medallion.freshness_states WHERE is_late;

-- name: one_at_a_time
SELECT pg_advisory_xact_lock(hashtextextended('medallion.freshness', 0));

-- name: keep_run
INSERT INTO medallion.last_runs (what, ended_at) VALUES (%(what)s, clock_timestamp())
ON CONFLICT (what) DO UPDATE SET ended_at = excluded.ended_at;

-- name: last_run
SELECT ended_at FROM medallion.last_runs WHERE what = %(what)s;

-- name: declared_plans
-- Where the days off that are kept come to an end, the plan counts as unknown.
SELECT dag_id, CASE WHEN days_off_until < now() + interval '100 days' THEN '' ELSE plan END
FROM medallion.declared_pipelines;

-- name: declare_pipeline
INSERT INTO medallion.declared_pipelines
    (dag_id, domain, owner, ends_at, plan, alerts, days_off, days_off_until)
VALUES (%(dag_id)s, %(domain)s, %(owner)s, %(ends_at)s, %(plan)s, %(alerts)s, %(days_off)s,
        %(days_off_until)s)
ON CONFLICT (dag_id) DO UPDATE
SET owner = excluded.owner, ends_at = excluded.ends_at, plan = excluded.plan,
    alerts = excluded.alerts, days_off = excluded.days_off,
    days_off_until = excluded.days_off_until;

-- name: declare_table
-- A table may move to another pipeline of its domain.
INSERT INTO medallion.declared_tables
    (layer, domain, table_name, dag_id, warn_after, error_after, behind_after)
VALUES (%(layer)s, %(domain)s, %(table_name)s, %(dag_id)s, %(warn_after)s, %(error_after)s,
        %(behind_after)s)
ON CONFLICT (layer, domain, table_name) DO UPDATE
SET dag_id = excluded.dag_id, warn_after = excluded.warn_after,
    error_after = excluded.error_after, behind_after = excluded.behind_after;

-- name: forget_tables
DELETE FROM medallion.declared_tables
WHERE dag_id = %(dag_id)s AND NOT (layer || '_' || domain || '.' || table_name = ANY(%(tables)s));

-- name: forget_features
DELETE FROM medallion.feature_views WHERE dag_id = %(dag_id)s;

-- name: declare_features
-- A table may move to another pipeline of its domain.
INSERT INTO medallion.feature_views
    (domain, table_name, dag_id, entity, event_time, ttl, protected)
VALUES (%(domain)s, %(table_name)s, %(dag_id)s, %(entity)s, %(event_time)s, %(ttl)s, %(protected)s)
ON CONFLICT (domain, table_name) DO UPDATE
SET dag_id = excluded.dag_id, entity = excluded.entity, event_time = excluded.event_time,
    ttl = excluded.ttl, protected = excluded.protected;

-- name: forget_pipelines
DELETE FROM medallion.declared_pipelines WHERE dag_id = ANY(%(dag_ids)s);
