-- What somebody who reads tables as data asks: which publication he reads, and an earlier one.

CREATE TABLE medallion.shown_publications (
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    shown_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    publication_id bigint NOT NULL REFERENCES medallion.publications ON DELETE CASCADE,
    PRIMARY KEY (layer, domain, table_name, shown_at, publication_id)
);
COMMENT ON TABLE medallion.shown_publications IS
    'Since when readers of a table have seen a publication: one row each time that one is shown, by '
    'a publication or a rollback.';
INSERT INTO medallion.shown_publications (layer, domain, table_name, shown_at, publication_id)
SELECT layer, domain, table_name, published_at, publication_id
FROM medallion.publications
WHERE is_current OR retired_by IS NOT NULL;
INSERT INTO medallion.shown_publications (layer, domain, table_name, shown_at, publication_id)
SELECT a.layer, a.domain, a.table_name, a.done_at, p.publication_id
FROM medallion.operator_actions AS a
CROSS JOIN LATERAL (
    SELECT publication_id FROM medallion.publications AS p
    WHERE (p.layer, p.domain, p.table_name) = (a.layer, a.domain, a.table_name)
      AND p.version = (a.details ->> 'to')::integer AND p.published_at < a.done_at
    ORDER BY publication_id DESC LIMIT 1
) AS p
WHERE a.action = 'rollback'
ON CONFLICT DO NOTHING;

CREATE FUNCTION medallion.is_stored(layer text, domain text, table_name text, version integer)
    RETURNS boolean LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (
        SELECT FROM pg_inherits AS i
        JOIN pg_class AS c ON c.oid = i.inhrelid
        JOIN pg_class AS p ON p.oid = i.inhparent
        JOIN pg_namespace AS n ON n.oid = p.relnamespace
        WHERE n.nspname = 'store_' || $1 || '_' || $2 AND p.relname = $3
          AND c.relnamespace = n.oid AND c.relname = $3 || '__v' || $4
    )
$$;
COMMENT ON FUNCTION medallion.is_stored(text, text, text, integer) IS
    'Whether the public view of a table could show this version: it is there, in today''s shape.';

CREATE FUNCTION medallion.version_to_read(layer text, domain text, table_name text)
    RETURNS integer LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name constant text := layer || '_' || domain || '.' || table_name;
    asked constant integer :=
        (current_setting('medallion.read_versions')::jsonb ->> name)::integer;
BEGIN
    IF NOT medallion.is_stored(layer, domain, table_name, asked) THEN
        RAISE EXCEPTION '% has no version % to read', name, asked
            USING ERRCODE = 'undefined_object',
                  HINT = 'medallion_client.publications says which there are (is_stored).';
    END IF;
    RETURN asked;
END
$$;
COMMENT ON FUNCTION medallion.version_to_read(text, text, text) IS
    'The version that this session has chosen in medallion.read_versions, a JSON object of tables '
    'and versions; NULL: it has chosen none of this table.';

-- The views stay as they are. Whoever may read a table may read its versions, one at a time.
CREATE OR REPLACE FUNCTION medallion.current_version(layer text, domain text, table_name text)
    RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(
        CASE WHEN coalesce(current_setting('medallion.read_versions', true), '') <> ''
             THEN medallion.version_to_read($1, $2, $3) END,
        (SELECT c.version FROM medallion.current_versions AS c
         WHERE c.layer = $1 AND c.domain = $2 AND c.table_name = $3)
    )
$$;

CREATE SCHEMA medallion_client;
COMMENT ON SCHEMA medallion_client IS
    'What readers may know of the tables that they may read. Every row is one of those tables'', but '
    'in `tables`, which says whom to ask for the others.';
GRANT USAGE ON SCHEMA medallion_client TO PUBLIC;

CREATE VIEW medallion_client.publications WITH (security_barrier) AS
SELECT p.layer, p.domain, p.table_name, p.publication_id, p.version, p.write_disposition,
       p.dag_id, p.run_id, p.data_interval_start, p.data_interval_end, p.spec_digest,
       p.spec_commit, p.digest, p.rows_total AS rows, p.published_at, p.is_current,
       p.version_kept AND medallion.is_stored(p.layer, p.domain, p.table_name, p.version)
           AS is_stored,
       (SELECT min(l.publication_id) FROM medallion.publications AS l
        WHERE l.layer = p.layer AND l.domain = p.domain AND l.table_name = p.table_name
          AND l.version = p.version AND l.publication_id > p.publication_id) AS changed_by
FROM medallion.publications AS p
JOIN pg_namespace AS n ON n.nspname = p.layer || '_' || p.domain
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = p.table_name
WHERE has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT');
COMMENT ON VIEW medallion_client.publications IS
    'Publications of the tables that one may read. is_stored: its version can be read. changed_by: '
    'the next publication into the same version, which changed its rows in place.';

CREATE VIEW medallion_client.shown WITH (security_barrier) AS
SELECT s.shown_at, s.publication_id
FROM medallion.shown_publications AS s
JOIN pg_namespace AS n ON n.nspname = s.layer || '_' || s.domain
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = s.table_name
WHERE has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT');
COMMENT ON VIEW medallion_client.shown IS 'Since when readers have seen which publication.';

CREATE VIEW medallion_client.checks WITH (security_barrier) AS
SELECT g.publication_id, g.layer, g.check_name, g.expectation, g.description, g.on_failure,
       g.status, g.rows_checked, g.rows_failed
FROM medallion.gate_results AS g
JOIN medallion.publications AS p USING (publication_id)
JOIN pg_namespace AS n ON n.nspname = p.layer || '_' || p.domain
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = p.table_name
WHERE has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT');
COMMENT ON VIEW medallion_client.checks IS
    'What the checks said of each publication: counts, and no value of the data.';

CREATE VIEW medallion_client.tables AS
SELECT v.layer, v.domain, v.table_name, p.owner, d.dag_id
FROM medallion.current_versions AS v
LEFT JOIN medallion.declared_tables AS d USING (layer, domain, table_name)
LEFT JOIN medallion.declared_pipelines AS p ON p.dag_id = d.dag_id;
COMMENT ON VIEW medallion_client.tables IS
    'Every published table by its name, and whom to ask for the right to read it.';

GRANT SELECT ON ALL TABLES IN SCHEMA medallion_client TO PUBLIC;
