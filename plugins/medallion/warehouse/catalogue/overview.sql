-- What the catalogue says of many tables at once: two queries, whatever their number.

-- name: tables
-- The tables of the specs, and those that were published and are in no spec any more: what their
-- states are judged by. Of tasks the last one that ended, where it has failed.
WITH declared AS (
    SELECT *
    FROM jsonb_to_recordset(%(declared)s::jsonb)
        AS d (layer text, domain text, table_name text, dag_id text)
), known AS (
    SELECT layer, domain, table_name, dag_id FROM declared
    UNION ALL
    SELECT p.layer, p.domain, p.table_name, p.dag_id
    FROM medallion.publications AS p
    WHERE p.is_current AND p.domain = ANY (%(seen)s)
      AND (%(only)s::text IS NULL OR p.dag_id = %(only)s)
      AND NOT EXISTS (
          SELECT FROM declared AS d
          WHERE (d.layer, d.domain, d.table_name) = (p.layer, p.domain, p.table_name)
      )
)
SELECT k.layer, k.domain, k.table_name, coalesce(k.dag_id, p.dag_id, '') AS dag_id,
       p.publication_id, p.published_at, p.spec_digest, p.rows_read, p.rows_quarantined,
       p.rows_discarded, failed.task_id AS failed_task, failed.error AS failed_error,
       coalesce(f.quarantine_open, 0) AS quarantine_open
FROM known AS k
LEFT JOIN medallion.publications AS p
    ON (p.layer, p.domain, p.table_name) = (k.layer, k.domain, k.table_name) AND p.is_current
LEFT JOIN medallion.table_figures AS f
    ON (f.layer, f.domain, f.table_name) = (k.layer, k.domain, k.table_name)
LEFT JOIN LATERAL (
    SELECT last.task_id, last.error
    FROM (
        SELECT t.task_id, t.error, t.status
        FROM medallion.task_runs AS t
        WHERE t.dag_id = coalesce(k.dag_id, p.dag_id)
          AND split_part(t.task_id, '.', 1) = k.table_name
        ORDER BY t.finished_at DESC LIMIT 1
    ) AS last
    WHERE last.status = 'failed'
) AS failed ON true;

-- name: details
-- What only the tables that are shown need. The trend is that of the rows of the last publications,
-- the oldest first.
SELECT k.layer, k.domain, k.table_name, p.version, p.run_id, p.rows_total,
       coalesce(f.quarantine_open, 0) AS quarantine_open, coalesce(trend.rows, '{}') AS trend,
       coalesce(gate.warned, 0) AS checks_warned
FROM unnest(%(layers)s::text[], %(domains)s::text[], %(names)s::text[], %(publications)s::bigint[])
    AS k (layer, domain, table_name, publication_id)
LEFT JOIN medallion.publications AS p ON p.publication_id = k.publication_id
LEFT JOIN medallion.table_figures AS f
    ON (f.layer, f.domain, f.table_name) = (k.layer, k.domain, k.table_name)
LEFT JOIN LATERAL (
    SELECT array_agg(latest.rows_total ORDER BY latest.publication_id) AS rows
    FROM (
        SELECT q.publication_id, q.rows_total
        FROM medallion.publications AS q
        WHERE (q.layer, q.domain, q.table_name) = (k.layer, k.domain, k.table_name)
        ORDER BY q.publication_id DESC LIMIT %(points)s
    ) AS latest
) AS trend ON true
LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE g.status = 'warned') AS warned
    FROM medallion.gate_results AS g
    WHERE g.publication_id = k.publication_id
) AS gate ON true;
