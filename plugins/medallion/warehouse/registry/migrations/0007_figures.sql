-- Figures that are kept as things happen: counters that no retention takes back, and sizes that
-- would be dear to count each time somebody asks. /metrics reads these and not the rows behind them.

CREATE TABLE medallion.table_figures (
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    publications bigint NOT NULL DEFAULT 0,
    rows_published bigint NOT NULL DEFAULT 0,
    rows_quarantined bigint NOT NULL DEFAULT 0,
    rows_deduplicated bigint NOT NULL DEFAULT 0,
    rows_discarded bigint NOT NULL DEFAULT 0,
    published_at timestamptz,
    quarantine_open bigint NOT NULL DEFAULT 0,
    lake_bytes bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (layer, domain, table_name)
);
COMMENT ON TABLE medallion.table_figures IS
    'One row a table, never deleted. publications and rows: of all time, they only grow. '
    'quarantine_open: rows in quarantine now. lake_bytes: the landings of a dataset now.';

CREATE TABLE medallion.check_figures (
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    on_failure text NOT NULL,
    status text NOT NULL,
    evaluations bigint NOT NULL,
    latest bigint NOT NULL,
    PRIMARY KEY (layer, domain, table_name, on_failure, status)
);
COMMENT ON TABLE medallion.check_figures IS
    'How checks of a table''s gates ended. evaluations: of all time; latest: in its last gate.';

CREATE TABLE medallion.step_figures (
    domain text NOT NULL,
    step text NOT NULL,
    status text NOT NULL,
    at_most double precision NOT NULL,
    tasks bigint NOT NULL,
    seconds double precision NOT NULL,
    PRIMARY KEY (domain, step, status, at_most)
);
COMMENT ON TABLE medallion.step_figures IS
    'Tries of tasks of all time by how long they took: at most at_most seconds, and more than the '
    'next smaller at_most.';

ALTER TABLE medallion.request_budgets ADD COLUMN per_day bigint;
COMMENT ON COLUMN medallion.request_budgets.per_day IS
    'How many requests a day the connection allows, as of the last lease; NULL: any number.';

CREATE INDEX loads_kept ON medallion.loads (domain, dataset)
    WHERE manifest_uri IS NOT NULL AND deleted_at IS NULL;

-- What there is of the past: the last try of each task, the last gate of each run.

INSERT INTO medallion.table_figures
    (layer, domain, table_name, since, publications, rows_published, rows_quarantined,
     rows_deduplicated, rows_discarded, published_at)
SELECT layer, domain, table_name, min(published_at), count(*), sum(rows_published),
       sum(rows_quarantined), sum(rows_deduplicated), sum(rows_discarded), max(published_at)
FROM medallion.publications
GROUP BY layer, domain, table_name;

INSERT INTO medallion.table_figures AS f (layer, domain, table_name, since, lake_bytes)
SELECT 'silver', domain, dataset, min(created_at), sum(bytes)
FROM medallion.loads
WHERE manifest_uri IS NOT NULL AND deleted_at IS NULL
GROUP BY domain, dataset
ON CONFLICT (layer, domain, table_name) DO UPDATE SET lake_bytes = excluded.lake_bytes;

INSERT INTO medallion.check_figures
SELECT g.layer, g.domain, g.table_name, g.on_failure, g.status, count(*),
       count(*) FILTER (WHERE (g.dag_id, g.run_id) = (l.dag_id, l.run_id))
FROM medallion.gate_results AS g
JOIN (SELECT DISTINCT ON (layer, domain, table_name) layer, domain, table_name, dag_id, run_id
      FROM medallion.gate_results
      ORDER BY layer, domain, table_name, evaluated_at DESC) AS l
    USING (layer, domain, table_name)
GROUP BY g.layer, g.domain, g.table_name, g.on_failure, g.status;

INSERT INTO medallion.step_figures
SELECT split_part(dag_id, '.', 1), step, status, b.at_most, count(*), sum(seconds)
FROM medallion.task_runs
CROSS JOIN LATERAL (
    SELECT min(at_most) AS at_most
    FROM unnest('{1,5,15,60,300,900,3600,10800,Infinity}'::double precision[]) AS at_most
    WHERE at_most >= seconds
) AS b
GROUP BY 1, 2, 3, 4;

DO $$
DECLARE
    quarantine record;
    open_rows bigint;
BEGIN
    FOR quarantine IN
        SELECT n.nspname AS schema, c.relname AS name,
               regexp_match(n.nspname, '^quarantine_(silver|gold)_(.+)$') AS place
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname ~ '^quarantine_(silver|gold)_'
    LOOP
        EXECUTE format('SELECT count(*) FROM %I.%I WHERE replayed_at IS NULL',
                       quarantine.schema, quarantine.name) INTO open_rows;
        UPDATE medallion.table_figures SET quarantine_open = open_rows
        WHERE layer = quarantine.place[1] AND domain = quarantine.place[2]
          AND table_name = quarantine.name;
    END LOOP;
END
$$;
