CREATE TABLE "store_silver_cinema"."movies__v1" (CHECK ("_version" = 1)) INHERITS ("store_silver_cinema"."movies");
CREATE UNIQUE INDEX ON "store_silver_cinema"."movies__v1" ("movie_id", "_valid_from");

CREATE TEMPORARY TABLE medallion_scd2_changed ON COMMIT DROP AS
WITH covering AS (
    SELECT * FROM "store_silver_cinema"."movies__v1"
    WHERE "_valid_from" <= CAST('2026-01-02 00:00:00+00:00'::timestamptz AS timestamptz) AND coalesce("_valid_to", 'infinity') > CAST('2026-01-02 00:00:00+00:00'::timestamptz AS timestamptz)
), changed AS (
    SELECT coalesce("s"."movie_id", "c"."movie_id") AS "movie_id", coalesce("s"."order", "c"."order") AS "order", c."_valid_from" AS _covering_from
    FROM "staging_silver_cinema"."movies__ab12" AS s FULL JOIN covering AS c ON "s"."movie_id" = "c"."movie_id" AND "s"."order" = "c"."order"
    WHERE s."movie_id" IS NULL OR c."movie_id" IS NULL OR ROW("s"."movie_id", "s"."we""ird; name", "s"."order") IS DISTINCT FROM ROW("c"."movie_id", "c"."we""ird; name", "c"."order")
)
SELECT k.*, p."_valid_from" AS _before_from, n."_valid_from" AS _after_from
FROM changed AS k
LEFT JOIN "staging_silver_cinema"."movies__ab12" AS s ON "s"."movie_id" = "k"."movie_id" AND "s"."order" = "k"."order"
LEFT JOIN "store_silver_cinema"."movies__v1" AS p ON "p"."movie_id" = "k"."movie_id" AND "p"."order" = "k"."order" AND p."_valid_to" = CAST('2026-01-02 00:00:00+00:00'::timestamptz AS timestamptz)
    AND ROW("s"."movie_id", "s"."we""ird; name", "s"."order") IS NOT DISTINCT FROM ROW("p"."movie_id", "p"."we""ird; name", "p"."order")
LEFT JOIN "store_silver_cinema"."movies__v1" AS n ON "n"."movie_id" = "k"."movie_id" AND "n"."order" = "k"."order" AND n."_valid_from" = CAST(NULL AS timestamptz)
    AND ROW("s"."movie_id", "s"."we""ird; name", "s"."order") IS NOT DISTINCT FROM ROW("n"."movie_id", "n"."we""ird; name", "n"."order")
;
ANALYZE "pg_temp"."medallion_scd2_changed";

CREATE TEMPORARY TABLE medallion_scd2_fresh ON COMMIT DROP AS
SELECT "c"."movie_id", "c"."we""ird; name", "c"."order", "c"."_load_id", "c"."_bronze_part", "c"."_bronze_record", "c"."_data_interval_end", c."_valid_from" AS "_valid_from", CAST('2026-01-02 00:00:00+00:00'::timestamptz AS timestamptz) AS "_valid_to"
FROM "pg_temp"."medallion_scd2_changed" AS k JOIN "store_silver_cinema"."movies__v1" AS c ON "c"."movie_id" = "k"."movie_id" AND "c"."order" = "k"."order" AND c."_valid_from" = k._covering_from
WHERE c."_valid_from" < CAST('2026-01-02 00:00:00+00:00'::timestamptz AS timestamptz)
UNION ALL
SELECT "c"."movie_id", "c"."we""ird; name", "c"."order", "c"."_load_id", "c"."_bronze_part", "c"."_bronze_record", "c"."_data_interval_end", CAST(NULL AS timestamptz), c."_valid_to"
FROM "pg_temp"."medallion_scd2_changed" AS k JOIN "store_silver_cinema"."movies__v1" AS c ON "c"."movie_id" = "k"."movie_id" AND "c"."order" = "k"."order" AND c."_valid_from" = k._covering_from
WHERE coalesce(c."_valid_to", 'infinity') > coalesce(CAST(NULL AS timestamptz), 'infinity')
UNION ALL
SELECT "s"."movie_id", "s"."we""ird; name", "s"."order", coalesce("p"."_load_id", "s"."_load_id"), coalesce("p"."_bronze_part", "s"."_bronze_part"), coalesce("p"."_bronze_record", "s"."_bronze_record"), coalesce("p"."_data_interval_end", CAST('2026-01-02 00:00:00+00:00'::timestamptz AS timestamptz)), coalesce(p."_valid_from", CAST('2026-01-02 00:00:00+00:00'::timestamptz AS timestamptz)),
    CASE WHEN n."_valid_from" IS NULL THEN CAST(NULL AS timestamptz) ELSE n."_valid_to" END
FROM "pg_temp"."medallion_scd2_changed" AS k
JOIN "staging_silver_cinema"."movies__ab12" AS s ON "s"."movie_id" = "k"."movie_id" AND "s"."order" = "k"."order"
LEFT JOIN "store_silver_cinema"."movies__v1" AS p ON "p"."movie_id" = "k"."movie_id" AND "p"."order" = "k"."order" AND p."_valid_from" = k._before_from
LEFT JOIN "store_silver_cinema"."movies__v1" AS n ON "n"."movie_id" = "k"."movie_id" AND "n"."order" = "k"."order" AND n."_valid_from" = k._after_from
;

DELETE FROM "store_silver_cinema"."movies__v1" AS x USING "pg_temp"."medallion_scd2_changed" AS k
WHERE "x"."movie_id" = "k"."movie_id" AND "x"."order" = "k"."order" AND x."_valid_from" IN (k._covering_from, k._before_from, k._after_from)
;

INSERT INTO "store_silver_cinema"."movies__v1" ("movie_id", "we""ird; name", "order", "_load_id", "_bronze_part", "_bronze_record", "_data_interval_end", "_valid_from", "_valid_to", "_version") SELECT *, 1 FROM "pg_temp"."medallion_scd2_fresh"
;
