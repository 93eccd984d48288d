-- A published table, or what a query gives, from one warehouse into another.

-- name: create
-- It lasts as long as a try does: a crash may empty it.
CREATE UNLOGGED TABLE {table} ({columns});

-- name: show
-- What would be published, under the name that readers write.
CREATE VIEW {view} AS SELECT * FROM {table};

-- name: read
COPY (SELECT {columns} FROM {table}) TO STDOUT (FORMAT binary);

-- name: write
COPY {table} FROM STDIN (FORMAT binary);

-- name: mask
UPDATE {table} SET {column} = {value};

-- name: analyze
ANALYZE {table};

-- name: drop_ended
DELETE FROM {table} WHERE _valid_to IS NOT NULL;

-- name: drop_of_others
DELETE FROM {table} WHERE _data_interval_end <> %(interval_end)s;
