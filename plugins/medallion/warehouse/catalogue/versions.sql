-- Two versions of one table, the earlier as b(efore) and the later as a(fter).

-- name: counts
SELECT count(*) FILTER (WHERE b.{first_key} IS NULL) AS added,
       count(*) FILTER (WHERE a.{first_key} IS NULL) AS removed,
       count(*) FILTER (WHERE b.{first_key} IS NOT NULL AND a.{first_key} IS NOT NULL
                        AND ({differs})) AS changed,
       count(*) FILTER (WHERE b.{first_key} IS NOT NULL AND a.{first_key} IS NOT NULL
                        AND NOT ({differs})) AS same
FROM {before} AS b FULL JOIN {after} AS a ON {same_key};

-- name: examples
(SELECT 'changed', {before_values}, {after_values}
 FROM {before} AS b JOIN {after} AS a ON {same_key}
 WHERE {differs} LIMIT %(most)s)
UNION ALL
(SELECT 'added', NULL, {after_values}
 FROM {after} AS a WHERE NOT EXISTS (SELECT FROM {before} AS b WHERE {same_key}) LIMIT %(most)s)
UNION ALL
(SELECT 'removed', {before_values}, NULL
 FROM {before} AS b WHERE NOT EXISTS (SELECT FROM {after} AS a WHERE {same_key}) LIMIT %(most)s);

-- name: changed_columns
SELECT {changes} FROM {before} AS b JOIN {after} AS a ON {same_key};

-- name: without_key
SELECT (SELECT count(*) FROM (SELECT {columns} FROM {after} AS a
                              EXCEPT ALL SELECT {columns} FROM {before} AS b) AS added) AS added,
       (SELECT count(*) FROM (SELECT {columns} FROM {before} AS b
                              EXCEPT ALL SELECT {columns} FROM {after} AS a) AS removed) AS removed;
