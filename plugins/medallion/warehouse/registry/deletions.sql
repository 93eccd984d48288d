-- Rows of a table's quarantine, {table}, that are deleted for good: {which} is one of the conditions.

-- name: delete
-- How many, how many of them open, and when the oldest and the latest were quarantined.
WITH gone AS (DELETE FROM {table} WHERE {which} RETURNING *)
SELECT count(*), count(*) FILTER (WHERE replayed_at IS NULL),
       min(quarantined_at), max(quarantined_at)
FROM gone;

-- name: count
-- What `delete` would delete.
SELECT count(*), count(*) FILTER (WHERE replayed_at IS NULL),
       min(quarantined_at), max(quarantined_at)
FROM {table}
WHERE {which};

-- name: older
quarantined_at < now() - %(age)s

-- name: of_load
_load_id = %(load_id)s

-- name: of_run
dag_id = %(dag_id)s AND run_id = %(run_id)s AND replayed_at IS NULL
