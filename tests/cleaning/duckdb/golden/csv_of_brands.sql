WITH "bronze" AS NOT MATERIALIZED (
  SELECT
    *
  FROM READ_CSV(
    '/lake/it''s/part-0',
    "columns" = {'_1': 'VARCHAR', '_2': 'VARCHAR', '_3': 'VARCHAR'},
    auto_detect = FALSE,
    header = TRUE,
    delim = ',',
    quote = '"',
    escape = '"',
    nullstr = '\N~none~',
    compression = 'none',
    store_rejects = TRUE,
    rejects_limit = 0
  )
), "whole" AS NOT MATERIALIZED (
  SELECT
    *,
    CASE
      WHEN STARTS_WITH("_1", CHR(65279))
      THEN 'record: begins with a mark of UTF-8: the file was put together from several'
    END AS "_problem"
  FROM bronze
), "fields" AS NOT MATERIALIZED (
  SELECT
    "_1" AS "brand",
    "_2" AS "total_gross",
    "_1",
    "_2",
    "_3",
    "_problem"
  FROM whole
), "cleaned_1" AS NOT MATERIALIZED (
  SELECT
    CASE WHEN "brand" < '!' THEN LTRIM("brand") ELSE "brand" END AS "brand",
    "total_gross" AS "total_gross",
    "_1",
    "_2",
    "_3",
    "_problem"
  FROM fields
), "cleaned_2" AS NOT MATERIALIZED (
  SELECT
    CASE
      WHEN NOT ENDS_WITH("brand", ' ')
      THEN "brand"
      WHEN ENDS_WITH("brand", '  ')
      THEN RTRIM("brand")
      ELSE LEFT("brand", -1)
    END AS "brand",
    "total_gross" AS "total_gross",
    "_1",
    "_2",
    "_3",
    "_problem"
  FROM cleaned_1
), "cleaned_3" AS NOT MATERIALIZED (
  SELECT
    CASE
      WHEN (
        NOT "brand" BETWEEN '!' AND '~'
        OR NOT ARRAY_EXTRACT("brand", -1) BETWEEN '!' AND '~'
      )
      AND REGEXP_MATCHES(
        "brand",
        '^[\s\p{Z}\x{0B}\x{85}\x{180E}\x{200B}\x{2060}\x{FEFF}]|[\s\p{Z}\x{0B}\x{85}\x{180E}\x{200B}\x{2060}\x{FEFF}]$'
      )
      THEN REGEXP_REPLACE(
        "brand",
        '^[\s\p{Z}\x{0B}\x{85}\x{180E}\x{200B}\x{2060}\x{FEFF}]+|[\s\p{Z}\x{0B}\x{85}\x{180E}\x{200B}\x{2060}\x{FEFF}]+$',
        '',
        'g'
      )
      ELSE "brand"
    END AS "brand",
    "total_gross" AS "total_gross",
    "_1",
    "_2",
    "_3",
    "_problem"
  FROM cleaned_2
), "known" AS NOT MATERIALIZED (
  SELECT
    NULLIF("brand", '') AS "brand",
    NULLIF("total_gross", '') AS "total_gross",
    "_1",
    "_2",
    "_3",
    "_problem"
  FROM cleaned_3
), "cast" AS NOT MATERIALIZED (
  SELECT
    *,
    TRY_CAST("total_gross" AS DECIMAL(18, 2)) AS "_cast_total_gross"
  FROM known
), "typed" AS NOT MATERIALIZED (
  SELECT
    *,
    CASE WHEN NOT CONTAINS("brand", CHR(0)) THEN "brand" END AS "_value_brand",
    CASE
      WHEN CAST("_cast_total_gross" AS TEXT) = "total_gross"
      OR REGEXP_FULL_MATCH("total_gross", '[+-]?(?:[0-9]+(?:\.[0-9]{0,2}0*)?|\.[0-9]{1,2}0*)')
      THEN "_cast_total_gross"
    END AS "_value_total_gross"
  FROM "cast"
), "judged" AS NOT MATERIALIZED (
  SELECT
    *,
    "_problem" IS NULL
    AND NOT "_value_brand" IS NULL
    AND (
      NOT "_value_total_gross" IS NULL OR "total_gross" IS NULL
    ) AS "_ok"
  FROM typed
)
SELECT
  "_value_brand" AS "brand",
  "_value_total_gross" AS "total_gross",
  CASE
    WHEN NOT "_ok"
    THEN CASE
      WHEN NOT "_problem" IS NULL
      THEN ["_problem"]
      ELSE LIST_FILTER(
        [
          CASE
            WHEN NOT "brand" IS NULL AND "_value_brand" IS NULL
            THEN CONCAT(
              'brand: "',
              LEFT(CAST("brand" AS TEXT), 80),
              '" is not a text without NUL characters'
            )
            WHEN "_value_brand" IS NULL
            THEN 'brand: is empty'
          END,
          CASE
            WHEN NOT "total_gross" IS NULL AND "_value_total_gross" IS NULL
            THEN CONCAT(
              'total_gross: "',
              LEFT(CAST("total_gross" AS TEXT), 80),
              '" is not a number with at most 16 digits before and 2 after the point'
            )
          END
        ],
        LAMBDA reason : NOT reason IS NULL
      )
    END
  END AS "_reasons",
  CASE
    WHEN NOT "_ok"
    THEN CAST(JSON_OBJECT('Marque', "_1", 'Total', "_2", '#1 Sortie', "_3") AS TEXT)
  END AS "_raw"
FROM judged
