-- What people were asked before a publication, and what they decided.

CREATE TABLE medallion.approvals (
    approval_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id text NOT NULL,
    run_id text NOT NULL,
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    code text NOT NULL,
    question jsonb NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_at timestamptz,
    decided_by text,
    decision text CHECK (decision IN
        ('approved', 'rejected', 'timed_out', 'refused', 'withdrawn')),
    comment text NOT NULL DEFAULT ''
);
CREATE INDEX approvals_table
    ON medallion.approvals (layer, domain, table_name, approval_id DESC);
CREATE INDEX approvals_run ON medallion.approvals (dag_id, run_id);
COMMENT ON TABLE medallion.approvals IS
    'One row each time that a run asked whether it may publish a table. question: what the person '
    'who decides was shown, without values of personal columns. code: names what was shown; it '
    'changes with the staged rows and with what readers have. decided_by: NULL where nobody '
    'answered in time. refused: the answer was about something else, or of somebody who may not '
    'decide. withdrawn: it was asked again.';
