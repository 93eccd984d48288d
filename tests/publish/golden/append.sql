CREATE TABLE "store_silver_cinema"."movies__v1" (CHECK ("_version" = 1)) INHERITS ("store_silver_cinema"."movies");
CREATE UNIQUE INDEX ON "store_silver_cinema"."movies__v1" ("_data_interval_end", "movie_id");
DELETE FROM "store_silver_cinema"."movies__v1" WHERE "_data_interval_end" = '2026-01-02 00:00:00+00:00'::timestamptz;
DELETE FROM "store_silver_cinema"."movies__v1" WHERE "_data_interval_end" = '2026-01-02 00:00:00+00:00'::timestamptz AND ("_load_id" = 7 OR ("movie_id") IN (SELECT "movie_id" FROM "staging_silver_cinema"."movies__ab12"));
INSERT INTO "store_silver_cinema"."movies__v1" ("movie_id", "we""ird; name", "order", "_data_interval_end", "_version") SELECT "s"."movie_id", "s"."we""ird; name", "s"."order", '2026-01-02 00:00:00+00:00'::timestamptz, 1 FROM "staging_silver_cinema"."movies__ab12" AS s;
CREATE TABLE "store_silver_cinema"."movies__v1" (CHECK ("_version" = 1)) INHERITS ("store_silver_cinema"."movies");
CREATE INDEX ON "store_silver_cinema"."movies__v1" ("_data_interval_end");
