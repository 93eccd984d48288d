-- What each publication of an incremental gold table has made of it.

CREATE TABLE medallion.windows (
    publication_id bigint PRIMARY KEY REFERENCES medallion.publications ON DELETE CASCADE,
    window_start timestamptz NOT NULL,
    window_end timestamptz NOT NULL,
    is_whole boolean NOT NULL,
    read_at timestamptz NOT NULL,
    sql_digest text NOT NULL,
    CHECK (window_start <= window_end)
);
COMMENT ON TABLE medallion.windows IS
    'The stretch of time, half open, that a publication of an incremental gold table has made; '
    'is_whole: all that the table held. read_at: when its SELECT began to read, so what was '
    'published later is not in it. sql_digest: of the text of the SELECT.';

-- As of the other tables of the registry: an environment's role writes its own rows.
ALTER TABLE medallion.windows ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON medallion.windows FOR SELECT USING (true);
CREATE POLICY own_rows ON medallion.windows
    USING (medallion.is_own((SELECT p.domain FROM medallion.publications AS p
                             WHERE p.publication_id = windows.publication_id)))
    WITH CHECK (medallion.is_own((SELECT p.domain FROM medallion.publications AS p
                                  WHERE p.publication_id = windows.publication_id)));
