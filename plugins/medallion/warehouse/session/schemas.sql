-- The schemas of a published table.

-- name: count
-- How many of these there are.
SELECT count(*) FROM pg_namespace WHERE nspname = ANY(%(schemas)s);

-- name: one_at_a_time
-- CREATE SCHEMA IF NOT EXISTS races with itself.
SELECT pg_advisory_xact_lock(hashtextextended(%(schema)s, 0));
