-- Versions that a person keeps, and the commit that a publication was made of.

ALTER TABLE medallion.publications ADD COLUMN spec_commit text;
COMMENT ON COLUMN medallion.publications.spec_commit IS
    'The commit that the project was checked out at; NULL: not a checkout, or before it was kept. '
    'spec_digest says which text the spec and its SQL had.';

CREATE TABLE medallion.pinned_versions (
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    version integer NOT NULL,
    pinned_by text NOT NULL,
    pinned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (layer, domain, table_name, version)
);
COMMENT ON TABLE medallion.pinned_versions IS
    'Versions that a person has pinned: retention does not drop them.';
