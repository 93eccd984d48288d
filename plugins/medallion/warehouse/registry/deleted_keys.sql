-- Keys of a table that `deleted_when` has removed, and when they are forgotten.

-- name: kept_landings
-- The earliest landing of a dataset that is in the lake: when it was made, and of which interval.
SELECT min(extracted_at), min(data_interval_end)
FROM medallion.loads
WHERE domain = %(domain)s AND dataset = %(table_name)s
  AND manifest_uri IS NOT NULL AND deleted_at IS NULL;

-- name: old
-- Known for longer than `age`, and before all that the lake still has of the dataset.
layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
AND known_at < now() - %(age)s
AND (%(landed_at)s::timestamptz IS NULL
     OR known_at <= %(landed_at)s AND deleted_at < %(interval_end)s)

-- name: count
SELECT count(*) FROM medallion.deleted_keys WHERE {old};

-- name: forget
WITH gone AS (DELETE FROM medallion.deleted_keys WHERE {old} RETURNING deleted_at),
noted AS (
    INSERT INTO medallion.forgotten_deletions AS f (layer, domain, table_name, up_to)
    SELECT %(layer)s, %(domain)s, %(table_name)s, max(deleted_at) FROM gone HAVING count(*) > 0
    ON CONFLICT (layer, domain, table_name)
    DO UPDATE SET up_to = greatest(f.up_to, excluded.up_to)
)
SELECT count(*) FROM gone;

-- name: forgotten_up_to
SELECT up_to FROM medallion.forgotten_deletions
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s;
