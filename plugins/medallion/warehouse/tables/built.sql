-- What a gold table's SELECT has built.

-- name: count_outside
-- Rows before the window of a run, after it, and without a time.
SELECT count(*) FILTER (WHERE {before}), count(*) FILTER (WHERE {after}),
       count(*) FILTER (WHERE {column} IS NULL)
FROM {table} AS t;
