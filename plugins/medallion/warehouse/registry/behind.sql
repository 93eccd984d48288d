-- Gold tables that are older than what they select from.

-- name: is_there
SELECT to_regclass('medallion.table_inputs') IS NOT NULL;

-- name: behind
-- Since when: the first publication of an input that the gold table's SELECT has not seen, and that
-- readers have seen (one that came late, for an older interval, changes nothing of a whole table).
SELECT g.layer, g.domain, g.table_name, g.dag_id, g.as_of,
       min(p.published_at) AS since,
       array_agg(DISTINCT i.input ORDER BY i.input) AS newer_inputs,
       clock_timestamp() - min(p.published_at) AS age
FROM medallion.publications AS g
JOIN medallion.table_inputs AS i USING (layer, domain, table_name)
JOIN medallion.publications AS p
    ON p.layer || '_' || p.domain || '.' || p.table_name = i.input
    AND p.published_at > g.as_of
    AND (p.is_current OR p.retired_by IS NOT NULL)
WHERE g.layer = 'gold' AND g.is_current AND g.write_disposition <> 'view'
GROUP BY g.publication_id
ORDER BY since;
