-- works from: 31
-- Loads that a run has asked another tool for: a try that comes later waits for the one that is under
-- way, and asks for no second one.

CREATE TABLE medallion.source_syncs (
    domain text NOT NULL,
    dag_id text NOT NULL,
    run_id text NOT NULL,
    task_id text NOT NULL,
    tool text NOT NULL,
    conn_id text NOT NULL,
    connection_id text NOT NULL,
    after_job bigint NOT NULL,
    job_id bigint,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    status text,
    problem text,
    PRIMARY KEY (dag_id, run_id, task_id)
);
COMMENT ON TABLE medallion.source_syncs IS
    'Loads that runs have asked Airbyte for, before they read its tables. after_job: the newest job '
    'of the connection before that. job_id: the job that the run waits for; NULL: it was asked for, '
    'and no answer is known. status: as Airbyte ended it.';

-- As of the other tables of the registry.
ALTER TABLE medallion.source_syncs ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON medallion.source_syncs FOR SELECT USING (true);
CREATE POLICY own_rows ON medallion.source_syncs
    USING (medallion.is_own(domain)) WITH CHECK (medallion.is_own(domain));
