-- works from: 30
-- Columns that some roles read in clear and others masked, and which key hashes were made with. An
-- older Medallion would make the public view again without the masks, so none works with this.

CREATE TABLE medallion.read_masks (
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    column_name text NOT NULL,
    roles text[] NOT NULL,
    is_email boolean NOT NULL,
    keep_last integer NOT NULL,
    PRIMARY KEY (layer, domain, table_name, column_name)
);
COMMENT ON TABLE medallion.read_masks IS
    'Columns whose clear value is stored, and which the public view masks for everybody but '
    'roles. is_email and keep_last: how.';

-- As of the other tables of the registry: an environment's role writes its own rows.
ALTER TABLE medallion.read_masks ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON medallion.read_masks FOR SELECT USING (true);
CREATE POLICY own_rows ON medallion.read_masks
    USING (medallion.is_own(domain)) WITH CHECK (medallion.is_own(domain));

CREATE TABLE medallion.hash_keys (
    domain text NOT NULL,
    table_name text NOT NULL,
    key_id text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (domain, table_name)
);
COMMENT ON TABLE medallion.hash_keys IS
    'Which key the hashes of a silver table were made with, by an id that says nothing of it. A run '
    'with another key is refused until `pii rotate` has given the rows its hashes.';
ALTER TABLE medallion.hash_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON medallion.hash_keys FOR SELECT USING (true);
CREATE POLICY own_rows ON medallion.hash_keys
    USING (medallion.is_own(domain)) WITH CHECK (medallion.is_own(domain));
