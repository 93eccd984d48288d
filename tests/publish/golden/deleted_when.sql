
INSERT INTO medallion.deleted_keys AS g (layer, domain, table_name, key_digest, deleted_at, load_id)
SELECT 'silver', 'cinema', 'movies', sha256(convert_to(jsonb_build_array("s"."movie_id")::text, 'UTF8')) || sha256(convert_to(jsonb_build_array("s"."order")::text, 'UTF8')), CAST('2026-01-02 00:00:00+00:00'::timestamptz AS timestamptz), s."_load_id" FROM "staging_silver_cinema"."movies__ab12" AS s
WHERE ("s"."gone""; --" IS TRUE) AND NOT EXISTS (SELECT FROM "store_silver_cinema"."movies__v1" AS t WHERE ("t"."movie_id", "t"."order") = ("s"."movie_id", "s"."order") AND ("t"."_data_interval_end" > CAST('2026-01-02 00:00:00+00:00'::timestamptz AS timestamptz)))
ON CONFLICT (layer, domain, table_name, key_digest) DO UPDATE
SET deleted_at = excluded.deleted_at, load_id = excluded.load_id, known_at = now()
WHERE NOT ("g"."deleted_at" > CAST('2026-01-02 00:00:00+00:00'::timestamptz AS timestamptz))
;

SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM "staging_silver_cinema"."movies__ab12" AS s WHERE ("s"."gone""; --" IS TRUE) AND ("t"."movie_id", "t"."order") = ("s"."movie_id", "s"."order") AND NOT ("t"."_data_interval_end" > CAST('2026-01-02 00:00:00+00:00'::timestamptz AS timestamptz))))
FROM "store_silver_cinema"."movies__v1" AS t
;
DELETE FROM "store_silver_cinema"."movies__v1" AS t USING "staging_silver_cinema"."movies__ab12" AS s WHERE ("s"."gone""; --" IS TRUE) AND ("t"."movie_id", "t"."order") = ("s"."movie_id", "s"."order") AND NOT ("t"."_data_interval_end" > CAST('2026-01-02 00:00:00+00:00'::timestamptz AS timestamptz));
INSERT INTO "store_silver_cinema"."movies__v1" AS t ("movie_id", "we""ird; name", "order", "_data_interval_end", "_version") SELECT "s"."movie_id", "s"."we""ird; name", "s"."order", '2026-01-02 00:00:00+00:00'::timestamptz, 1 FROM "staging_silver_cinema"."movies__ab12" AS s WHERE 
NOT ("s"."gone""; --" IS TRUE) AND NOT EXISTS (
    SELECT FROM medallion.deleted_keys AS g
    WHERE (g.layer, g.domain, g.table_name) = ('silver', 'cinema', 'movies') AND g.key_digest = sha256(convert_to(jsonb_build_array("s"."movie_id")::text, 'UTF8')) || sha256(convert_to(jsonb_build_array("s"."order")::text, 'UTF8')) AND ("g"."deleted_at" > CAST('2026-01-02 00:00:00+00:00'::timestamptz AS timestamptz))
)
 ON CONFLICT ("movie_id", "order") DO UPDATE SET "we""ird; name" = excluded."we""ird; name", "_data_interval_end" = excluded."_data_interval_end" WHERE NOT ("t"."_data_interval_end" > CAST('2026-01-02 00:00:00+00:00'::timestamptz AS timestamptz));

DELETE FROM medallion.deleted_keys AS g USING "staging_silver_cinema"."movies__ab12" AS s
WHERE (g.layer, g.domain, g.table_name) = ('silver', 'cinema', 'movies') AND NOT ("s"."gone""; --" IS TRUE) AND g.key_digest = sha256(convert_to(jsonb_build_array("s"."movie_id")::text, 'UTF8')) || sha256(convert_to(jsonb_build_array("s"."order")::text, 'UTF8')) AND NOT ("g"."deleted_at" > CAST('2026-01-02 00:00:00+00:00'::timestamptz AS timestamptz))
;
SELECT t.* FROM "staging_silver_cinema"."movies__ab12" AS t WHERE NOT EXISTS (SELECT FROM "store_silver_cinema"."movies__v1" AS s WHERE ("s"."_data_interval_end" > CAST('2026-01-02 00:00:00+00:00'::timestamptz AS timestamptz)) AND ("t"."movie_id", "t"."order") = ("s"."movie_id", "s"."order")) AND t."gone""; --" IS NOT TRUE;
