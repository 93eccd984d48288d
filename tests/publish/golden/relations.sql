CREATE TABLE "store_silver_cinema"."movies" ("movie_id" bigint, "we""ird; name" numeric(18,2), "order" text[], "_version" integer) PARTITION BY LIST ("_version");
ALTER TABLE "store_silver_cinema"."movies" ADD COLUMN "we""ird; name" numeric(18,2);
CREATE OR REPLACE VIEW "silver_cinema"."movies" AS SELECT "t"."movie_id", "t"."we""ird; name", "t"."order" FROM "store_silver_cinema"."movies" AS t WHERE t."_version" = (SELECT c.version FROM medallion.current_versions AS c WHERE c.layer = 'silver' AND c.domain = 'cinema' AND c.table_name = 'movies');
GRANT USAGE ON SCHEMA "silver_cinema" TO "bi""reader"; GRANT SELECT ON "silver_cinema"."movies" TO "bi""reader";
