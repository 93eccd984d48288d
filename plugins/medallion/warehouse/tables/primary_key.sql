-- The rows of a staging table that have one primary key.

-- name: keep_first
-- Of the rows of a key one stays. What has gone: how many rows; how many of them said something else
-- than the row that stays, in which columns, and some of those. It is run without parameters.
WITH placed AS (
    SELECT ctid AS place, first_value(ctid) OVER rows_of_key AS kept,
           row_number() OVER rows_of_key AS number
    FROM {table}
    WINDOW rows_of_key AS (
        PARTITION BY {key} ORDER BY {order}_bronze_part DESC, _bronze_record DESC
    )
), gone AS (
    DELETE FROM {table} AS t USING placed WHERE t.ctid = placed.place AND placed.number > 1
    RETURNING t.*, placed.kept AS "_KEPT"
), compared AS (
    SELECT array_remove(ARRAY[{differences}]::text[], NULL) AS differs, {shown} AS shown,
           gone._bronze_part AS part, gone._bronze_record AS record,
           stays._bronze_part AS kept_part, stays._bronze_record AS kept_record
    FROM gone JOIN {table} AS stays ON stays.ctid = gone."_KEPT"
)
SELECT count(*), count(*) FILTER (WHERE cardinality(differs) > 0),
       ARRAY(
           SELECT name FROM compared, unnest(differs) AS name
           GROUP BY name ORDER BY count(*) DESC, name
       ),
       ARRAY(
           SELECT format(
               '%srecord %s of part %s gives way to record %s of part %s',
               shown, record, part, kept_record, kept_part
           )
           FROM compared WHERE cardinality(differs) > 0 ORDER BY part, record LIMIT {examples}
       )
FROM compared;

-- name: has_unique_index
-- Whether a table has a unique index, of all its rows, on columns of a key alone.
SELECT EXISTS (
    SELECT FROM pg_index AS i
    WHERE i.indrelid = to_regclass(%(relation)s) AND i.indisunique AND i.indisvalid
      AND i.indpred IS NULL AND i.indexprs IS NULL
      AND %(key)s::text[] @> ARRAY(
          SELECT a.attname::text FROM pg_attribute AS a
          WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey[:i.indnkeyatts - 1]))
);
