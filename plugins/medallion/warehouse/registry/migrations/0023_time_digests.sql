-- What a table's time column is computed from: where the SELECT computes it in another way, former
-- rows and new ones do not go together.

ALTER TABLE medallion.windows ADD COLUMN time_digest text;
COMMENT ON COLUMN medallion.windows.time_digest IS
    'Of the expression that gives the time column, in the SELECT of then; NULL: nobody knows.';
