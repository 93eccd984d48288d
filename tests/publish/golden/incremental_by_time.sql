DELETE FROM "store_gold_cinema"."totals__v1" AS t WHERE ("t"."day""; --" >= '2026-01-01T00:00:00+00:00' AND "t"."day""; --" < '2026-01-02T00:00:00+00:00');
SELECT t.* FROM "store_gold_cinema"."totals__v1" AS t WHERE ("t"."day""; --" >= '2026-01-01T00:00:00+00:00' AND "t"."day""; --" < '2026-01-02T00:00:00+00:00');
SELECT t.* FROM "staging_gold_cinema"."totals__ab12" AS t;
SELECT "t"."movie_id", "t"."we""ird; name", "t"."order" FROM "store_gold_cinema"."totals__v1" AS t WHERE NOT ("t"."day""; --" >= '2026-01-01T00:00:00+00:00' AND "t"."day""; --" < '2026-01-02T00:00:00+00:00') UNION ALL SELECT "t"."movie_id", "t"."we""ird; name", "t"."order" FROM (SELECT t.* FROM "staging_gold_cinema"."totals__ab12" AS t) AS t;
