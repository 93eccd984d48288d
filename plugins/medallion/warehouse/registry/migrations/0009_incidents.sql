-- What went wrong and is over again, and who was sent a message about it.

ALTER TABLE medallion.declared_pipelines ADD COLUMN alerts jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN medallion.declared_pipelines.alerts IS
    'Where messages go: [{conn_id, events, to, of_domain}]. No secret: an Airflow connection has it.';

CREATE TABLE medallion.incidents (
    incident_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL,
    event text NOT NULL,
    domain text NOT NULL,
    dag_id text NOT NULL,
    run_id text,
    table_name text,
    problem text NOT NULL,
    details text NOT NULL DEFAULT '',
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    times_seen integer NOT NULL DEFAULT 1,
    closed_at timestamptz,
    is_passing boolean NOT NULL,
    opening_routed boolean NOT NULL DEFAULT false,
    closing_routed boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX incidents_open ON medallion.incidents (key) WHERE closed_at IS NULL;
CREATE INDEX incidents_unrouted ON medallion.incidents (incident_id)
    WHERE NOT opening_routed OR NOT closing_routed;
CREATE INDEX incidents_run ON medallion.incidents (dag_id, run_id);
COMMENT ON TABLE medallion.incidents IS
    'One row each time that something is wrong, from when it is first seen to when it is over. Of one '
    'key one is open at most. is_passing: it happened, and nothing of it lasts. table_name: '
    '<schema>.<table>. details: lines without values of personal columns.';

CREATE TABLE medallion.notices (
    incident_id bigint NOT NULL REFERENCES medallion.incidents ON DELETE CASCADE,
    conn_id text NOT NULL,
    notice text NOT NULL CHECK (notice IN ('opened', 'closed')),
    receivers text[] NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at timestamptz,
    failed_at timestamptz,
    error text,
    PRIMARY KEY (incident_id, conn_id, notice)
);
CREATE INDEX notices_due ON medallion.notices (next_at) WHERE sent_at IS NULL;
CREATE INDEX notices_sent ON medallion.notices (conn_id, sent_at);
COMMENT ON TABLE medallion.notices IS
    'One row a message: what is to be sent through which connection, and whether it was. error: why '
    'the last try failed, without secrets.';

CREATE INDEX task_runs_backfill ON medallion.task_runs (finished_at)
    WHERE run_id LIKE 'backfill\_\_%';
