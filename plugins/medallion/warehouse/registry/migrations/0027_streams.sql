-- works from: 26
-- Streams: how far each partition was read is kept beside the cursors, as JSON.

ALTER TABLE medallion.cursor_moves
    DROP CONSTRAINT cursor_moves_kind_check,
    ADD CONSTRAINT cursor_moves_kind_check
        CHECK (kind IN ('integer', 'date', 'timestamp', 'offsets'));
COMMENT ON COLUMN medallion.cursor_moves.value_after IS
    'The highest value of the cursor that was published; of a stream (kind offsets) the first '
    'message of each partition that was not read: {"0": 41}.';

-- A stream may be read each minute: the last move of a dataset is found without reading all.
CREATE INDEX cursor_moves_last ON medallion.cursor_moves (domain, dataset, field, kind, move_id);
