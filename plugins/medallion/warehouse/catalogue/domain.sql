-- What a domain shares, and what it costs.

-- name: cost
-- Of the last days, by pipeline: how long its tasks took, how many of them failed, rows published,
-- requests and bytes landed.
SELECT t.dag_id, count(*) AS tasks, count(*) FILTER (WHERE t.status = 'failed') AS failed,
       sum(t.seconds) AS seconds, count(DISTINCT t.run_id) AS runs,
       coalesce(sum(t.rows_out) FILTER (WHERE t.step = 'publish'), 0)::bigint AS rows,
       coalesce((SELECT sum(l.bytes) FROM medallion.loads AS l
                 WHERE l.dag_id = t.dag_id AND l.created_at > now() - %(since)s), 0)::bigint
           AS bytes_landed,
       (SELECT sum((l.notes ->> 'requests')::bigint) FROM medallion.loads AS l
        WHERE l.dag_id = t.dag_id AND l.created_at > now() - %(since)s)::bigint AS requests
FROM medallion.task_runs AS t
WHERE t.dag_id = ANY (%(dag_ids)s) AND t.finished_at > now() - %(since)s
GROUP BY t.dag_id
ORDER BY seconds DESC;

-- name: kept_bytes
-- What the domain has on disk: its landings in the lake, its versions in the warehouse.
SELECT coalesce((SELECT sum(lake_bytes) FROM medallion.table_figures
                 WHERE domain = %(domain)s), 0)::bigint AS lake,
       coalesce((SELECT sum(pg_total_relation_size(c.oid))
                 FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                 WHERE c.relkind = 'r'
                   AND n.nspname IN ('store_silver_' || %(domain)s, 'store_gold_' || %(domain)s)),
                0)::bigint AS warehouse;

-- name: readers
SELECT layer, table_name, kind, reader, since
FROM medallion.table_readers
WHERE domain = %(domain)s
ORDER BY kind, reader, layer, table_name;
