-- works from: 31
-- Which stream offsets are of: a topic that is deleted and made again under its name counts anew.

ALTER TABLE medallion.cursor_moves ADD COLUMN stream_id text;
COMMENT ON COLUMN medallion.cursor_moves.stream_id IS
    'What the brokers call the topic that value_after is of; NULL where they do not say, and where '
    'the source is none.';
