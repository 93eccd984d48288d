-- works from: 31
-- Deleted keys are forgotten once nothing older of them is left in the lake; up to which interval that
-- was is kept, so that no run of an earlier one brings them back unnoticed.
ALTER TABLE medallion.deleted_keys ADD COLUMN known_at timestamptz NOT NULL DEFAULT now();
COMMENT ON COLUMN medallion.deleted_keys.known_at IS
    'When a publication said so last; of what was known before this column was: when it came.';

CREATE TABLE medallion.forgotten_deletions (
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    up_to timestamptz NOT NULL,
    PRIMARY KEY (layer, domain, table_name)
);
COMMENT ON TABLE medallion.forgotten_deletions IS
    'Tables of which the maintenance has forgotten deleted keys. up_to: the end of the latest data '
    'interval of one that was.';

-- As of the other tables of the registry: an environment's role writes its own rows.
ALTER TABLE medallion.forgotten_deletions ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON medallion.forgotten_deletions FOR SELECT USING (true);
CREATE POLICY own_rows ON medallion.forgotten_deletions
    USING (medallion.is_own(domain)) WITH CHECK (medallion.is_own(domain));
