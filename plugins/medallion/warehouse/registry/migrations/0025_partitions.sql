-- Partitions of published tables: retention drops them, and readers get the list of today.

ALTER TABLE medallion.deletions
    DROP CONSTRAINT deletions_kind_check,
    ADD CONSTRAINT deletions_kind_check CHECK (kind IN ('landing', 'quarantine', 'partition'));
COMMENT ON TABLE medallion.deletions IS
    'What was deleted for good, and why: landings, rows of quarantine (rows_open: not replayed), and '
    'partitions of published tables (oldest, newest: their bounds)';

-- A session keeps the list of a table's partitions until it hears that this has changed, and it
-- listens when it takes a lock that its transaction does not hold. pg_relation_size takes one and
-- gives it back, of a table that no query of a reader is of.
CREATE FUNCTION medallion.current_partitioned_version(layer text, domain text, table_name text)
    RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT CASE WHEN pg_relation_size('medallion.deletions') >= 0
                THEN medallion.current_version($1, $2, $3) END
$$;
COMMENT ON FUNCTION medallion.current_partitioned_version(text, text, text) IS
    'medallion.current_version of a table with partitions. Called by the public views, and by '
    'PostgreSQL while it plans, before it reads the list of partitions. Only with constants.';
