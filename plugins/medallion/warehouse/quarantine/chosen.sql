-- Some open rows of a table's quarantine, {table}: those that a person has chosen.

-- name: which
-- A condition on the open rows: what is NULL chooses nothing out. Part of other statements.
replayed_at IS NULL
  AND (%(run_ids)s::text[] IS NULL OR run_id = ANY(%(run_ids)s))
  AND (%(reasons)s::text[] IS NULL OR EXISTS (
      SELECT FROM unnest(reasons) AS reason WHERE {reason_kind} = ANY(%(reasons)s)))
  AND (%(row_ids)s::bigint[] IS NULL OR quarantine_id = ANY(%(row_ids)s))
  AND (%(up_to)s::bigint IS NULL OR quarantine_id <= %(up_to)s)

-- name: count
-- How many they are, of how many runs, and the latest one's number.
SELECT count(*), count(DISTINCT (dag_id, run_id)), coalesce(max(quarantine_id), 0)
FROM {table}
WHERE {which};
