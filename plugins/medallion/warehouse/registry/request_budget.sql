-- The budget of requests that all runs share which use one connection.

-- name: lease
-- Slots that follow each other: the next of them begins where the last lease of anybody ended, or
-- now. No row where the day's requests are used up.
INSERT INTO medallion.request_budgets AS b (conn_id, next_at, counted_on, requests, per_day)
VALUES (%(conn_id)s, clock_timestamp() + %(lasts)s,
        (clock_timestamp() AT TIME ZONE 'UTC')::date, %(slots)s, %(per_day)s)
ON CONFLICT (conn_id) DO UPDATE
SET next_at = greatest(b.next_at, clock_timestamp()) + %(lasts)s,
    counted_on = excluded.counted_on, per_day = excluded.per_day,
    requests = excluded.requests
        + CASE WHEN b.counted_on = excluded.counted_on THEN b.requests ELSE 0 END
WHERE %(per_day)s::bigint IS NULL
   OR b.counted_on < excluded.counted_on
   OR b.requests + excluded.requests <= %(per_day)s::bigint
RETURNING extract(epoch FROM next_at - %(lasts)s - clock_timestamp())::double precision;
