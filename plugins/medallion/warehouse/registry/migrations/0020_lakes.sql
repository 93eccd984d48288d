-- Which lake belongs to this warehouse: what several hosts compare the one they see with.

CREATE TABLE medallion.lakes (
    mark text PRIMARY KEY,
    root text NOT NULL,
    host text NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT now(),
    is_current boolean NOT NULL DEFAULT true
);
CREATE UNIQUE INDEX lakes_current ON medallion.lakes (is_current) WHERE is_current;
COMMENT ON TABLE medallion.lakes IS
    'The lakes that tasks of several hosts have landed in. mark: what the file .medallion-lake at '
    'the root of the lake says. root, host: where it was, as the first one saw it. One is current.';

-- As of the other tables of the registry: an environment reads it, and writes nothing into it.
ALTER TABLE medallion.lakes ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON medallion.lakes FOR SELECT USING (true);
