-- The indexes of a table.

-- name: columns
-- Of each index over plain columns, whole and in use, the names of these columns in order.
SELECT array_agg(a.attname::text ORDER BY k.place)
FROM pg_index AS i
CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indrelid = to_regclass(%(relation)s) AND i.indisvalid
  AND i.indpred IS NULL AND i.indexprs IS NULL
GROUP BY i.indexrelid;
