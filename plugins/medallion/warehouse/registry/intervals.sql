-- What the intervals of a table that grows are judged by.

-- name: changes
-- Of the tables that a table reads, also through views: each stretch that was published since a
-- moment, and that people have said was restated. Of a table that grows by its own intervals it is
-- the time of rows, of any other that of loads.
WITH RECURSIVE reads AS (
    SELECT i.input FROM medallion.table_inputs AS i
    WHERE (i.layer, i.domain, i.table_name) = (%(layer)s, %(domain)s, %(table_name)s)
    UNION
    SELECT i.input
    FROM reads AS r
    JOIN medallion.publications AS v
        ON v.is_current AND v.write_disposition = 'view'
        AND v.layer || '_' || v.domain || '.' || v.table_name = r.input
    JOIN medallion.table_inputs AS i
        ON (i.layer, i.domain, i.table_name) = (v.layer, v.domain, v.table_name)
)
SELECT r.input, coalesce(w.window_start, p.data_interval_start),
       coalesce(w.window_end, p.data_interval_end), p.published_at, w.publication_id IS NULL
FROM reads AS r
JOIN medallion.publications AS p
    ON p.layer = split_part(r.input, '_', 1)
    AND p.domain = split_part(substr(r.input, strpos(r.input, '_') + 1), '.', 1)
    AND p.table_name = split_part(r.input, '.', 2)
    AND (p.is_current OR p.retired_by IS NOT NULL) AND p.write_disposition <> 'view'
    AND p.published_at > %(since)s
LEFT JOIN medallion.windows AS w USING (publication_id)
UNION ALL
SELECT r.input, (a.details ->> 'from')::timestamptz, (a.details ->> 'to')::timestamptz, a.done_at,
       NOT EXISTS (
           SELECT FROM medallion.publications AS c JOIN medallion.windows AS w USING (publication_id)
           WHERE c.is_current
             AND (c.layer, c.domain, c.table_name) = (a.layer, a.domain, a.table_name))
FROM reads AS r
JOIN medallion.operator_actions AS a
    ON a.action = 'restate' AND a.layer || '_' || a.domain || '.' || a.table_name = r.input
    AND a.done_at > %(since)s;

-- name: dropped
-- Until when the partitions of a version were dropped, the oldest first, and when.
SELECT d.newest, max(d.deleted_at)
FROM medallion.deletions AS d
WHERE d.layer = %(layer)s AND d.domain = %(domain)s AND d.table_name = %(table_name)s
  AND d.kind = 'partition' AND starts_with(d.place, %(of_version)s)
GROUP BY d.newest;

-- name: one_restatement_at_a_time
-- Of the session: what is built has many transactions.
SELECT pg_advisory_lock(hashtextextended('medallion.restate ' || %(table)s, 0));
