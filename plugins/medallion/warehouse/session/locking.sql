-- The locks of publications, which readers never meet.

-- name: one_publication_at_a_time
-- Two tables whose names have the same hash wait for each other, and nothing worse happens.
SELECT pg_advisory_xact_lock(hashtextextended('medallion.publish ' || %(table)s, 0));

-- name: wait_at_most
-- How long the rest of the transaction waits for any lock.
SELECT set_config('lock_timeout', %(time)s, true);

-- name: one_lake_writer_at_a_time
-- Of the session: reading a table and writing it elsewhere takes other transactions.
SELECT pg_advisory_lock(hashtextextended('medallion.lake ' || %(location)s, 0));
