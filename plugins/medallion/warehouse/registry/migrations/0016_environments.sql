-- Environments: tables of a branch beside production's, and a role for each that writes no others.

ALTER TABLE medallion.publications ADD COLUMN fingerprint text, ADD COLUMN source_fingerprint text;
COMMENT ON COLUMN medallion.publications.fingerprint IS
    'What its spec and SQL said that decides the rows; NULL: published before it was kept.';
COMMENT ON COLUMN medallion.publications.source_fingerprint IS
    'The same of its source alone; NULL for gold.';

CREATE TABLE medallion.environments (
    name text PRIMARY KEY,
    role text NOT NULL UNIQUE,
    domains text[] NOT NULL DEFAULT '{}',
    made_by text NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    used_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE medallion.environments IS
    'Each environment. role: what its runs log in as. domains: production''s, of which it has '
    'schemas (cinema: gold_cinema__alice). used_at: its last run; maintenance drops it by that.';

CREATE FUNCTION medallion.is_own(domain text) RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT EXISTS (SELECT FROM medallion.environments AS e
                   WHERE e.role = session_user AND split_part($1, '__', 2) = e.name)
$$;
COMMENT ON FUNCTION medallion.is_own(text) IS
    'Whether a domain is one of the environment whose role has logged in.';

-- Policies bind everybody but the owner of the registry, who is the loader. Whoever has the right
-- to read the registry reads all of it, as before; an environment's role writes its own rows.
DO $$
DECLARE
    place record;
BEGIN
    FOR place IN
        SELECT name, condition FROM unnest(
            '{loads,publications,table_inputs,cursor_moves,landed_files,current_versions,'
            'gate_results,deletions,table_readers,table_figures,check_figures,step_figures,'
            'incidents,approvals,shown_publications}'::text[]) AS name,
            LATERAL (SELECT 'medallion.is_own(domain)' AS condition) AS c
        UNION ALL
        VALUES ('task_runs', 'medallion.is_own(split_part(dag_id, ''.'', 1))'),
               ('landing_parts', 'medallion.is_own((SELECT l.domain FROM medallion.loads AS l '
                'WHERE l.load_id = landing_parts.load_id))')
    LOOP
        EXECUTE format('ALTER TABLE medallion.%I ENABLE ROW LEVEL SECURITY', place.name);
        EXECUTE format('CREATE POLICY everybody_reads ON medallion.%I FOR SELECT USING (true)',
                       place.name);
        EXECUTE format('CREATE POLICY own_rows ON medallion.%1$I USING (%2$s) WITH CHECK (%2$s)',
                       place.name, place.condition);
    END LOOP;
END
$$;

-- Whom to ask for the right to read a table: nobody asks for one of an environment.
CREATE OR REPLACE VIEW medallion_client.tables AS
SELECT v.layer, v.domain, v.table_name, p.owner, d.dag_id
FROM medallion.current_versions AS v
LEFT JOIN medallion.declared_tables AS d USING (layer, domain, table_name)
LEFT JOIN medallion.declared_pipelines AS p ON p.dag_id = d.dag_id
WHERE strpos(v.domain, '__') = 0;
