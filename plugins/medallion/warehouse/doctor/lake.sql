-- What the doctor asks about lakes.

-- name: has_lakes
SELECT to_regclass('medallion.lakes') IS NOT NULL;
