-- A published table from one warehouse into another.

-- name: create
CREATE TABLE {table} ({columns});

-- name: read
COPY (SELECT * FROM {table}) TO STDOUT (FORMAT binary);

-- name: write
COPY {table} FROM STDIN (FORMAT binary);

-- name: analyze
ANALYZE {table};
