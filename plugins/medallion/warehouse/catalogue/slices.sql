-- Stretches of a table's time.

-- name: count
-- The rows that are in any of them.
SELECT count(*) FROM {relation} AS t WHERE {in_slices};
