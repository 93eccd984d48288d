-- What runs, by its spec, and how old its tables may be: a table that was never published too.

CREATE TABLE medallion.declared_pipelines (
    dag_id text PRIMARY KEY,
    domain text NOT NULL,
    owner text NOT NULL,
    ends_at timestamptz,
    plan text NOT NULL,
    declared_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE medallion.declared_pipelines IS
    'Each pipeline that runs as its accepted spec says (plan: its digest); kept in step every minute.';

CREATE TABLE medallion.declared_tables (
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    dag_id text NOT NULL REFERENCES medallion.declared_pipelines ON DELETE CASCADE,
    warn_after interval,
    error_after interval,
    behind_after interval,
    declared_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (layer, domain, table_name)
);
CREATE INDEX declared_tables_pipeline ON medallion.declared_tables (dag_id);
COMMENT ON TABLE medallion.declared_tables IS
    'Each table that a spec declares, with its limits: no publication for longer than warn_after or '
    'error_after; of gold, older than its inputs for longer than behind_after.';

CREATE TABLE medallion.freshness_states (
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    state text NOT NULL
        CHECK (state IN ('fresh', 'published', 'stale', 'error', 'never_published')),
    is_late boolean NOT NULL,
    since timestamptz NOT NULL,
    noticed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (layer, domain, table_name)
);
COMMENT ON TABLE medallion.freshness_states IS
    'Each declared table as it was found last, and since when it is so. published: without limits. '
    'Written when a state changes.';

CREATE TABLE medallion.last_runs (
    what text PRIMARY KEY,
    ended_at timestamptz NOT NULL
);
COMMENT ON TABLE medallion.last_runs IS
    'When what watches over the tables has last done so. Nobody notices what is stale without it.';

CREATE INDEX publications_as_of ON medallion.publications
    (layer, domain, table_name, version, as_of DESC, published_at DESC);
CREATE INDEX publications_published_at ON medallion.publications
    (layer, domain, table_name, published_at);
