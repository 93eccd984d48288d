-- Who has been given the right to read a table, so that it can be taken away again.

CREATE TABLE medallion.table_readers (
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('role', 'domain')),
    reader text NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (layer, domain, table_name, kind, reader)
);
COMMENT ON TABLE medallion.table_readers IS
    'Who may read a published table as of its last publication: a role of `grants`, or a domain of '
    '`share_with` (public: every domain). A role that is not here was granted by hand.';
