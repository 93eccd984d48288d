-- Which lake belongs to this warehouse.

-- name: find_current
SELECT mark, root, host FROM medallion.lakes WHERE is_current;

-- name: claim
-- One at a time: two hosts that start together agree on one lake.
SELECT pg_advisory_xact_lock(hashtextextended('medallion.lakes', 0));

-- name: retire
UPDATE medallion.lakes SET is_current = false WHERE is_current AND mark <> %(mark)s;

-- name: register
INSERT INTO medallion.lakes (mark, root, host) VALUES (%(mark)s, %(root)s, %(host)s)
ON CONFLICT (mark) DO UPDATE SET is_current = true, root = excluded.root, host = excluded.host;
