-- What else decides the rows of a window: where it changes, former rows and new ones do not go
-- together.

ALTER TABLE medallion.windows
    ADD COLUMN time_column text,
    ADD COLUMN time_grain text,
    ADD COLUMN primary_key text[];
COMMENT ON TABLE medallion.windows IS
    'The stretch of time, half open, that a publication of an incremental gold table has made; '
    'is_whole: all that the table held. read_at: when its SELECT began to read, so what was '
    'published later is not in it. sql_digest: of the text of the SELECT. time_column, '
    'time_grain, primary_key: as the spec said them then; time_column is NULL of publications '
    'before version 18.';
