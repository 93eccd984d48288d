CREATE TABLE "store_silver_cinema"."movies" ("movie_id" bigint, "we""ird; name" numeric(18,2), "order" text[], "_version" integer, CHECK ("_version" = 0) NO INHERIT);
ALTER TABLE "store_silver_cinema"."movies" ADD COLUMN "we""ird; name" numeric(18,2);
CREATE OR REPLACE VIEW "silver_cinema"."movies" AS SELECT "t"."movie_id", "t"."we""ird; name", "t"."order" FROM "store_silver_cinema"."movies" AS t WHERE t."_version" = medallion.current_version('silver', 'cinema', 'movies');
CREATE OR REPLACE VIEW "silver_cinema"."movies" AS SELECT "t"."movie_id", "t"."we""ird; name", "t"."order" FROM "store_silver_cinema"."movies" AS t WHERE t."_version" = greatest(medallion.current_version('silver', 'cinema', 'movies'), 4);
GRANT USAGE ON SCHEMA "silver_cinema" TO "bi""reader"; GRANT SELECT ON "silver_cinema"."movies" TO "bi""reader";
ALTER TABLE "store_silver_cinema"."movies" SET (fillfactor = 100);
