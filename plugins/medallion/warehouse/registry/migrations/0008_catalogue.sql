-- What the catalogue's pages find tables by, and what they keep.

CREATE INDEX task_runs_table
    ON medallion.task_runs (dag_id, split_part(task_id, '.', 1), finished_at DESC);
CREATE INDEX gate_results_publication ON medallion.gate_results (publication_id);

ALTER TABLE medallion.publications ADD COLUMN bytes bigint;
COMMENT ON COLUMN medallion.publications.bytes IS
    'On disk, with indexes, as the publication left the table; NULL: published before it was kept.';

CREATE TABLE medallion.column_profiles (
    publication_id bigint NOT NULL REFERENCES medallion.publications ON DELETE CASCADE,
    column_name text NOT NULL,
    rows_seen bigint NOT NULL,
    nulls bigint NOT NULL,
    distinct_values bigint,
    lowest text,
    highest text,
    profiled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (publication_id, column_name)
);
COMMENT ON TABLE medallion.column_profiles IS
    'What a column of a table held as of a publication, worked out when somebody first looked. Of '
    'personal data no value is kept.';

CREATE TABLE medallion.operator_actions (
    action_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    done_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_by text NOT NULL,
    action text NOT NULL,
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX operator_actions_table
    ON medallion.operator_actions (layer, domain, table_name, action_id DESC);
COMMENT ON TABLE medallion.operator_actions IS
    'What a person has changed by hand, from the catalogue: who, when, what, and the outcome.';
