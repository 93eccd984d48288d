-- The registry as it was first released. Never change a released file: write the next one.

CREATE SCHEMA IF NOT EXISTS medallion;

CREATE TABLE IF NOT EXISTS medallion.loads (
    load_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id text NOT NULL,
    run_id text NOT NULL,
    domain text NOT NULL,
    dataset text NOT NULL,
    data_interval_start timestamptz NOT NULL,
    data_interval_end timestamptz NOT NULL,
    spec_digest text NOT NULL,
    manifest_uri text,
    source jsonb,
    notes jsonb,
    records bigint,
    bytes bigint,
    extracted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleting_at timestamptz,
    deleted_at timestamptz,
    UNIQUE (dag_id, run_id, dataset)
);
COMMENT ON TABLE medallion.loads IS
    'One row a landing: rows of silver point to it by _load_id. No manifest: not (yet) landed. '
    'deleted_at: its files were deleted by retention.';

CREATE TABLE IF NOT EXISTS medallion.landing_parts (
    load_id bigint NOT NULL REFERENCES medallion.loads ON DELETE CASCADE,
    part_no integer NOT NULL,
    uri text NOT NULL,
    sha256 text NOT NULL,
    bytes bigint NOT NULL,
    records bigint NOT NULL,
    file text,
    file_state text,
    PRIMARY KEY (load_id, part_no)
);
COMMENT ON TABLE medallion.landing_parts IS
    'The parts of a landing: rows of silver point to one by _load_id and _bronze_part. file: what a '
    'part is a copy of.';

CREATE TABLE IF NOT EXISTS medallion.task_runs (
    dag_id text NOT NULL,
    run_id text NOT NULL,
    task_id text NOT NULL,
    try_number integer NOT NULL,
    step text NOT NULL,
    status text NOT NULL CHECK (status IN ('success', 'failed')),
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL,
    seconds double precision GENERATED ALWAYS AS
        (extract(epoch FROM finished_at - started_at)) STORED,
    rows_in bigint,
    rows_out bigint,
    rows_quarantined bigint,
    rows_deduplicated bigint,
    rows_discarded bigint,
    reference text,
    details jsonb,
    error text,
    log_url text,
    PRIMARY KEY (dag_id, run_id, task_id)
);
COMMENT ON TABLE medallion.task_runs IS 'The latest try of each task of each run.';

CREATE TABLE IF NOT EXISTS medallion.publications (
    publication_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    version integer NOT NULL,
    physical_table text NOT NULL,
    write_disposition text NOT NULL,
    dag_id text NOT NULL,
    run_id text NOT NULL,
    data_interval_start timestamptz NOT NULL,
    data_interval_end timestamptz NOT NULL,
    as_of timestamptz NOT NULL,
    spec_digest text NOT NULL,
    load_id bigint,
    rows_read bigint NOT NULL,
    rows_published bigint NOT NULL,
    rows_quarantined bigint NOT NULL,
    rows_deduplicated bigint NOT NULL,
    rows_discarded bigint NOT NULL,
    rows_deleted bigint NOT NULL,
    rows_total bigint NOT NULL,
    digest text NOT NULL,
    published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    is_current boolean NOT NULL,
    is_whole boolean NOT NULL,
    version_kept boolean NOT NULL DEFAULT true,
    retired_by xid8,
    CHECK (rows_read = rows_published + rows_quarantined + rows_deduplicated + rows_discarded)
);
CREATE INDEX IF NOT EXISTS publications_table
    ON medallion.publications (layer, domain, table_name, publication_id DESC);
CREATE INDEX IF NOT EXISTS publications_run ON medallion.publications (dag_id, run_id);
CREATE UNIQUE INDEX IF NOT EXISTS publications_current
    ON medallion.publications (layer, domain, table_name) WHERE is_current;
COMMENT ON TABLE medallion.publications IS
    'One row a publication. rows_total: in the table afterwards. rows_read = published + '
    'quarantined + deduplicated + discarded. as_of: what is newer than what, the end of the data interval; of '
    'gold, when its SELECT began to read. is_whole: the run has told of every key whether it is '
    'there. retired_by: the transaction that showed another one.';

CREATE TABLE IF NOT EXISTS medallion.table_inputs (
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    input text NOT NULL,
    dag_id text NOT NULL,
    PRIMARY KEY (layer, domain, table_name, input)
);
COMMENT ON TABLE medallion.table_inputs IS
    'What each gold table selected from when it was published last: <schema>.<table>.';

CREATE TABLE IF NOT EXISTS medallion.cursor_moves (
    move_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    domain text NOT NULL,
    dataset text NOT NULL,
    field text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('integer', 'date', 'timestamp')),
    dag_id text NOT NULL,
    run_id text NOT NULL,
    value_before text,
    value_after text,
    publication_id bigint REFERENCES medallion.publications ON DELETE SET NULL,
    moved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (domain, dataset, field, kind, dag_id, run_id)
);
COMMENT ON TABLE medallion.cursor_moves IS
    'How far each run has moved the cursor of a dataset, in its publication''s transaction. The '
    'last row of a dataset says where the next run begins.';

CREATE TABLE IF NOT EXISTS medallion.landed_files (
    domain text NOT NULL,
    dataset text NOT NULL,
    file text NOT NULL,
    bytes bigint NOT NULL,
    sha256 text NOT NULL,
    file_state text,
    data_interval_end timestamptz NOT NULL,
    dag_id text NOT NULL,
    run_id text NOT NULL,
    load_id bigint NOT NULL,
    part_no integer NOT NULL,
    published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (domain, dataset, file)
);
COMMENT ON TABLE medallion.landed_files IS
    'Each file of a dataset as its rows were last published, in that publication''s transaction. A '
    'source with only_new lands what is not here. Remove a row to have its file landed again.';

CREATE TABLE IF NOT EXISTS medallion.current_versions (
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (layer, domain, table_name)
);
COMMENT ON TABLE medallion.current_versions IS
    'Which version each public view shows: publishing and rolling back update one row.';

-- Immutable is not quite true: publish/relations.py says why it has to be said.
CREATE OR REPLACE FUNCTION medallion.current_version(layer text, domain text, table_name text)
    RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT c.version FROM medallion.current_versions AS c
    WHERE c.layer = $1 AND c.domain = $2 AND c.table_name = $3
$$;
COMMENT ON FUNCTION medallion.current_version(text, text, text) IS
    'Called by the public views, and by PostgreSQL while it plans. Only with constants.';

CREATE TABLE IF NOT EXISTS medallion.gate_results (
    dag_id text NOT NULL,
    run_id text NOT NULL,
    task_id text NOT NULL,
    check_id text NOT NULL,
    try_number integer NOT NULL,
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    check_name text NOT NULL,
    expectation text NOT NULL,
    kwargs jsonb NOT NULL,
    on_failure text NOT NULL,
    status text NOT NULL CHECK (status IN ('passed', 'failed', 'quarantined', 'warned')),
    rows_checked bigint,
    rows_failed bigint,
    observed jsonb,
    examples jsonb,
    description text,
    evaluated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    publication_id bigint REFERENCES medallion.publications ON DELETE SET NULL,
    PRIMARY KEY (dag_id, run_id, task_id, check_id)
);
CREATE INDEX IF NOT EXISTS gate_results_table
    ON medallion.gate_results (layer, domain, table_name, evaluated_at DESC);
COMMENT ON TABLE medallion.gate_results IS
    'One row a check and run: its latest evaluation, and the publication that it let through.';

CREATE TABLE IF NOT EXISTS medallion.deletions (
    deletion_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    deleted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    deleted_by text NOT NULL DEFAULT current_setting('application_name'),
    kind text NOT NULL CHECK (kind IN ('landing', 'quarantine')),
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    reason text NOT NULL,
    rows bigint,
    rows_open bigint,
    bytes bigint,
    oldest timestamptz,
    newest timestamptz,
    place text
);
CREATE INDEX IF NOT EXISTS deletions_table
    ON medallion.deletions (layer, domain, table_name, deletion_id DESC);
COMMENT ON TABLE medallion.deletions IS
    'What was deleted for good, and why: landings, and rows of quarantine (rows_open: not replayed)';

CREATE OR REPLACE VIEW medallion.current_tables AS
SELECT layer || '_' || domain || '.' || table_name AS name,
       layer, domain, table_name, version, write_disposition, rows_total AS rows,
       published_at, data_interval_end, dag_id, run_id, spec_digest, publication_id
FROM medallion.publications
WHERE is_current;
COMMENT ON VIEW medallion.current_tables IS 'What readers see now, and since when.';

CREATE OR REPLACE VIEW medallion.row_lineage AS
SELECT l.load_id AS _load_id, p.part_no AS _bronze_part, p.uri AS part_uri, p.sha256, p.file,
       l.dag_id, l.run_id, l.dataset, l.data_interval_start, l.data_interval_end, l.manifest_uri,
       l.extracted_at, l.deleted_at
FROM medallion.loads AS l
JOIN medallion.landing_parts AS p USING (load_id);
COMMENT ON VIEW medallion.row_lineage IS
    'Join a silver row by _load_id and _bronze_part: the file and the run that it came from.';

CREATE TABLE IF NOT EXISTS medallion.request_budgets (
    conn_id text PRIMARY KEY,
    next_at timestamptz NOT NULL,
    counted_on date NOT NULL,
    requests bigint NOT NULL
);
COMMENT ON TABLE medallion.request_budgets IS
    'One row an Airflow connection to an API. next_at: before it every request is spoken for. '
    'requests: those leased on the day counted_on (UTC).';

CREATE TABLE IF NOT EXISTS medallion.registry_version (
    version integer PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);
