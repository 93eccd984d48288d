ALTER TABLE "staging_gold_cinema"."totals__ab12" ADD COLUMN "_version" integer NOT NULL DEFAULT 1 CHECK ("_version" = 1);
ALTER TABLE "staging_gold_cinema"."totals__ab12" SET SCHEMA "store_gold_cinema";
ALTER TABLE "store_gold_cinema"."totals__ab12" RENAME TO "totals__v1";
ALTER TABLE "store_gold_cinema"."totals__v1" INHERIT "store_gold_cinema"."totals";
