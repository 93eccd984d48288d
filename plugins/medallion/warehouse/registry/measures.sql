-- What /metrics asks: two statements, whatever the number of tables, and none that reads a ledger.

-- name: tables
-- Those that something has happened to, and those that a spec declares. What happens in an
-- environment (cinema__alice) is nobody's service.
SELECT layer, domain, table_name AS name, coalesce(f.publications, 0) AS publications,
       coalesce(f.rows_published, 0) AS rows_published,
       coalesce(f.rows_quarantined, 0) AS rows_quarantined,
       coalesce(f.rows_deduplicated, 0) AS rows_deduplicated,
       coalesce(f.rows_discarded, 0) AS rows_discarded,
       coalesce(f.quarantine_open, 0) AS quarantine_open, coalesce(f.lake_bytes, 0) AS lake_bytes,
       extract(epoch FROM f.published_at)::double precision AS published_at,
       p.rows_total AS rows, s.state, coalesce(s.is_late, false) AS is_late
FROM medallion.table_figures AS f
FULL JOIN medallion.freshness_states AS s USING (layer, domain, table_name)
LEFT JOIN (
    SELECT layer, domain, table_name, rows_total FROM medallion.publications WHERE is_current
) AS p USING (layer, domain, table_name)
WHERE strpos(domain, '__') = 0
ORDER BY f.since, layer, domain, table_name;

-- name: figures
SELECT 'checks' AS kind, layer, domain, NULL AS name, on_failure AS word, status AS outcome,
       NULL::double precision AS at_most, sum(evaluations)::bigint AS number,
       NULL::double precision AS seconds
FROM medallion.check_figures WHERE strpos(domain, '__') = 0
GROUP BY layer, domain, on_failure, status
UNION ALL
SELECT 'not_passed', layer, domain, table_name, on_failure, NULL, NULL,
       coalesce(sum(latest) FILTER (WHERE status <> 'passed'), 0)::bigint, NULL
FROM medallion.check_figures WHERE strpos(domain, '__') = 0
GROUP BY layer, domain, table_name, on_failure
UNION ALL
SELECT 'steps', NULL, domain, NULL, step, status, at_most, tasks, seconds
FROM medallion.step_figures WHERE strpos(domain, '__') = 0
UNION ALL
SELECT 'used', NULL, NULL, conn_id, NULL, NULL, NULL,
       CASE WHEN counted_on = (clock_timestamp() AT TIME ZONE 'UTC')::date THEN requests ELSE 0 END,
       NULL
FROM medallion.request_budgets
UNION ALL
SELECT 'allowed', NULL, NULL, conn_id, NULL, NULL, NULL, per_day, NULL
FROM medallion.request_budgets WHERE per_day IS NOT NULL
UNION ALL
-- As the catalogue and `status` say it: what the connection did not take at the last try.
SELECT 'waiting', NULL, NULL, conn_id, NULL, NULL, NULL, count(*), NULL
FROM medallion.notices WHERE sent_at IS NULL AND error IS NOT NULL
GROUP BY conn_id
UNION ALL
SELECT 'watched', NULL, NULL, what, NULL, NULL, NULL, extract(epoch FROM ended_at)::bigint, NULL
FROM medallion.last_runs WHERE what = 'freshness'
ORDER BY kind, domain, layer, name, word, outcome, at_most;
