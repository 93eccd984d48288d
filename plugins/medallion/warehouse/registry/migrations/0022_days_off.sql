-- Days off: nobody expects a publication on them, and no limit to a table's age counts them.

ALTER TABLE medallion.declared_pipelines
    ADD COLUMN days_off tstzmultirange NOT NULL DEFAULT '{}',
    ADD COLUMN days_off_until timestamptz;
COMMENT ON COLUMN medallion.declared_pipelines.days_off IS
    'The time that is not of business days, by the calendar of the spec, up to days_off_until; '
    'declared again before that. Empty: it has no calendar.';

CREATE FUNCTION medallion.due_at(since timestamptz, length interval, days_off tstzmultirange)
    RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    due timestamptz := since + length;
    off tstzrange;
BEGIN
    FOR off IN SELECT unnest(days_off) LOOP
        CONTINUE WHEN upper(off) <= since;
        EXIT WHEN lower(off) > due;
        due := due + (upper(off) - greatest(lower(off), since));
    END LOOP;
    RETURN due;
END
$$;
COMMENT ON FUNCTION medallion.due_at(timestamptz, interval, tstzmultirange) IS
    'The moment at which a time has passed since another moment, days off not counted.';

CREATE OR REPLACE VIEW medallion_bi.freshness WITH (security_barrier) AS
WITH found AS (
    SELECT d.layer || '_' || d.domain AS schema_name, d.table_name, last.published_at, last.as_of,
           p.ends_at IS NULL OR p.ends_at > statement_timestamp() AS is_awaited,
           medallion.due_at(coalesce(last.published_at, d.declared_at), d.warn_after,
                            p.days_off) AS warn_at,
           medallion.due_at(coalesce(last.published_at, d.declared_at), d.error_after,
                            p.days_off) AS error_at,
           CASE WHEN s.is_late AND s.state = 'stale' THEN s.since END AS behind_since,
           d.warn_after IS NULL AND d.error_after IS NULL AS is_without_limit,
           failed.finished_at AS failed_at, failed.step AS failed_step, failed.of_table
    FROM medallion.declared_tables AS d
    JOIN medallion.declared_pipelines AS p USING (dag_id)
    JOIN pg_catalog.pg_namespace AS n ON n.nspname = d.layer || '_' || d.domain
    JOIN pg_catalog.pg_class AS r ON r.relnamespace = n.oid AND r.relname = d.table_name
    LEFT JOIN medallion.freshness_states AS s
        ON s.layer = d.layer AND s.domain = d.domain AND s.table_name = d.table_name
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
        SELECT t.finished_at, t.step, split_part(t.task_id, '.', 1) AS of_table
        FROM medallion.task_runs AS t
        WHERE t.dag_id = d.dag_id AND t.status = 'failed' AND NOT t.is_backfill
          AND t.finished_at > last.published_at
          AND NOT EXISTS (
              SELECT FROM medallion.task_runs AS o
              WHERE o.dag_id = t.dag_id AND o.status = 'success' AND o.step = 'publish'
                AND split_part(o.task_id, '.', 1) = d.table_name
                AND (o.run_id = t.run_id OR o.finished_at > t.finished_at)
          )
        ORDER BY t.finished_at DESC
        LIMIT 1
    ) AS failed ON true
    WHERE d.layer = 'gold' AND has_table_privilege(r.oid, 'SELECT')
), judged AS (
    SELECT *,
           CASE
               WHEN published_at IS NULL THEN 'never_published'
               WHEN is_awaited AND statement_timestamp() > error_at THEN 'error'
               WHEN is_awaited AND statement_timestamp() > least(warn_at, behind_since) THEN 'stale'
               WHEN failed_at IS NOT NULL THEN 'failed'
               WHEN is_without_limit THEN 'published'
               ELSE 'fresh'
           END AS state,
           least(warn_at, error_at, behind_since) AS late_since,
           CASE WHEN is_awaited THEN coalesce(warn_at, error_at) END AS next_expected,
           CASE failed_step
               WHEN 'land' THEN 'the source of ' || of_table || ' could not be read'
               WHEN 'clean' THEN of_table || ' could not be cleaned'
               WHEN 'gate' THEN 'checks of ' || of_table || ' failed'
               WHEN 'build' THEN of_table || ' could not be built'
               WHEN 'publish' THEN of_table || ' was not published'
               ELSE of_table || ' failed'
           END || ' (' || to_char(failed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC)'
               AS last_failure
    FROM found
)
SELECT schema_name, table_name, state,
       concat_ws('; ',
           CASE WHEN state IN ('stale', 'error')
               THEN 'stale since ' || to_char(late_since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')
                   || ' UTC' END,
           'last run failed: ' || last_failure,
           CASE WHEN published_at IS NULL THEN 'not published yet'
               ELSE 'as of ' || to_char(as_of AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
           END || coalesce(CASE WHEN state NOT IN ('stale', 'error') THEN ', next expected '
               || to_char(next_expected AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC' END, '')
       ) AS message,
       as_of, next_expected, last_failure
FROM judged;
