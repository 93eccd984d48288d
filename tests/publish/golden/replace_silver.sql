ALTER TABLE "staging_silver_cinema"."movies__ab12" ADD COLUMN "_version" integer NOT NULL DEFAULT 3 CHECK ("_version" = 3);
ALTER TABLE "staging_silver_cinema"."movies__ab12" ADD COLUMN "_data_interval_end" timestamptz NOT NULL DEFAULT '2026-01-02 00:00:00+00:00'::timestamptz;
ALTER INDEX "staging_silver_cinema"."i" RENAME TO "movies__v3__index1";
ALTER TABLE "staging_silver_cinema"."movies__ab12" SET SCHEMA "store_silver_cinema";
ALTER TABLE "store_silver_cinema"."movies__ab12" RENAME TO "movies__v3";
ALTER TABLE "store_silver_cinema"."movies__v3" INHERIT "store_silver_cinema"."movies";
