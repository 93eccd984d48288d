-- The indexes of a table.

-- name: indexes
-- Each that is in use: its name, what of a spec it was made for, the names of its columns in order if
-- it is a B-tree of all rows on plain columns and no others, and whether it is unique.
SELECT c.relname::text,
       CASE WHEN d.description LIKE %(mark)s THEN d.description ELSE '' END,
       CASE WHEN m.amname = 'btree' AND i.indpred IS NULL AND i.indexprs IS NULL
                 AND i.indnatts = i.indnkeyatts
            THEN ARRAY(SELECT a.attname::text
                       FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
                       JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                       ORDER BY k.place)
            ELSE '{}' END,
       i.indisunique
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indexrelid
JOIN pg_am AS m ON m.oid = c.relam
LEFT JOIN pg_description AS d ON d.objoid = c.oid AND d.classoid = 'pg_class'::regclass
                              AND d.objsubid = 0
WHERE i.indrelid = to_regclass(%(relation)s) AND i.indisvalid
ORDER BY c.oid;
