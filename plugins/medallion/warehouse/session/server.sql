-- Which server a session is on.

-- name: system
SELECT system_identifier::text FROM pg_catalog.pg_control_system();

-- name: timeline
-- Of the primary, from the name of the file that it writes its log to now: the control file has the new
-- one only after the next checkpoint. NULL: it is a standby.
SELECT CASE WHEN NOT pg_is_in_recovery()
            THEN ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer END;

-- name: database
-- Two databases of one server are two warehouses.
SELECT oid::text FROM pg_catalog.pg_database WHERE datname = current_database();
