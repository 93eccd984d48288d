-- Two sides of one table, b(efore) and a(fter): which rows differ, and in what.
--
-- A side's key is k1, k2 …, its other columns are v1, v2 …, whatever they are called; d1, d2 … say
-- which of these differ.

-- name: tune_transaction
-- Of this transaction alone. A join or a sort that needs more uses files of the server. PostgreSQL
-- expects of IS DISTINCT FROM that nearly all rows differ, and that it costs much to hand them over
-- from parallel workers: usually few do.
SELECT set_config('work_mem', '128MB', true), set_config('temp_buffers', '32MB', true),
       set_config('maintenance_work_mem', '128MB', true),
       set_config('parallel_tuple_cost', '0.01', true), set_config('jit', 'off', true);

-- name: keys
-- How many rows; of these without a whole key; keys of several rows, and the rows that have them.
SELECT coalesce(sum(n), 0), coalesce(sum(n) FILTER (WHERE has_null), 0),
       count(*) FILTER (WHERE n > 1 AND NOT has_null),
       coalesce(sum(n) FILTER (WHERE n > 1 AND NOT has_null), 0)
FROM (SELECT count(*) AS n, {has_null} AS has_null FROM {side} AS t GROUP BY {keys}) AS counted;

-- name: keys_of_unique_index
-- The same, where an index proves that no two rows have one key.
SELECT count(*), count(*) FILTER (WHERE {has_null}), 0, 0 FROM {side} AS t;

-- name: keys_twice
-- Some of the keys of several rows, as texts.
SELECT {texts}, count(*) FROM {side} AS t WHERE NOT {has_null}
GROUP BY {keys} HAVING count(*) > 1 ORDER BY {keys} LIMIT {most};

-- name: one_row_per_key
-- A side without the rows whose key is not whole, or is that of other rows too.
(SELECT * FROM (SELECT t.*, count(*) OVER (PARTITION BY {keys}) AS _rows_of_key FROM {side} AS t
                WHERE NOT {has_null}) AS counted WHERE _rows_of_key = 1)

-- name: find_by_key
-- The rows that differ, by their key: one pass over both sides.
CREATE TEMPORARY TABLE medallion_differences ON COMMIT DROP AS
SELECT CASE WHEN b._there IS NULL THEN 'added' WHEN a._there IS NULL THEN 'removed'
            ELSE 'changed' END AS kind, {found}
FROM (SELECT true AS _there, {columns} FROM {before} AS t) AS b
FULL JOIN (SELECT true AS _there, {columns} FROM {after} AS t) AS a ON {same_key}
WHERE b._there IS NULL OR a._there IS NULL OR {differs};

-- name: count_by_key
SELECT count(*) FILTER (WHERE kind = 'added'), count(*) FILTER (WHERE kind = 'removed'),
       count(*) FILTER (WHERE kind = 'changed'), ARRAY[{by_column}]::bigint[]
FROM medallion_differences;

-- name: pick
(SELECT kind, {flags} AS flags, {keys} FROM medallion_differences WHERE {wanted}
 ORDER BY {keys} LIMIT {most})

-- name: examples_by_key
-- The rows that were picked, with the values that each side has of them; NULL: it has no such row.
-- Each side is looked through for their keys first: texts are made of those rows alone.
WITH picked AS (SELECT DISTINCT * FROM ({picks}) AS p)
SELECT kind, flags, b.key_texts, a.key_texts, b.texts, a.texts
FROM picked
LEFT JOIN (SELECT {typed_keys}, {key_texts} AS key_texts, {texts} AS texts
           FROM {before} AS t WHERE ({values}) IN (SELECT {keys} FROM picked)) AS b USING ({keys})
LEFT JOIN (SELECT {typed_keys}, {key_texts} AS key_texts, {texts} AS texts
           FROM {after} AS t WHERE ({values}) IN (SELECT {keys} FROM picked)) AS a USING ({keys})
ORDER BY kind, {keys};

-- name: rows
SELECT count(*) FROM {side} AS t;

-- name: find_whole_rows
-- Without a key: each row with how many more the later side has of it.
CREATE TEMPORARY TABLE medallion_differences ON COMMIT DROP AS
SELECT {values}, sum(n) AS n
FROM (SELECT {columns}, 1 AS n FROM {after} AS t
      UNION ALL SELECT {columns}, -1 FROM {before} AS t) AS u
GROUP BY {values} HAVING sum(n) <> 0;

-- name: count_whole_rows
SELECT coalesce(sum(n) FILTER (WHERE n > 0), 0), coalesce(-sum(n) FILTER (WHERE n < 0), 0)
FROM medallion_differences;

-- name: examples_of_whole_rows
(SELECT 'added', {texts}, n FROM medallion_differences WHERE n > 0
 ORDER BY {values} LIMIT {most})
UNION ALL
(SELECT 'removed', {texts}, -n FROM medallion_differences WHERE n < 0
 ORDER BY {values} LIMIT {most});

-- name: aggregates
-- The measures of a side, as texts.
SELECT {each} FROM {side} AS t;
