-- works from: 30
-- Keys whose rows a source has said to be deleted: a run of an earlier interval, or records that are
-- replayed from quarantine, must not bring them back.

CREATE TABLE medallion.deleted_keys (
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    key_digest bytea NOT NULL,
    deleted_at timestamptz NOT NULL,
    PRIMARY KEY (layer, domain, table_name, key_digest)
);
COMMENT ON TABLE medallion.deleted_keys IS
    'Keys that `deleted_when` has removed from a merged table, as digests of their values. deleted_at: '
    'the end of the data interval that says so. A later row of the key takes it out again.';

-- As of the other tables of the registry: an environment's role writes its own rows.
ALTER TABLE medallion.deleted_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON medallion.deleted_keys FOR SELECT USING (true);
CREATE POLICY own_rows ON medallion.deleted_keys
    USING (medallion.is_own(domain)) WITH CHECK (medallion.is_own(domain));
