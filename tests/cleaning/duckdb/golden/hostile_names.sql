WITH "bronze" AS NOT MATERIALIZED (
  SELECT
    *
  FROM READ_CSV(
    '/lake/it''s/part-0',
    "columns" = {'_1': 'VARCHAR', '_2': 'VARCHAR', '_3': 'VARCHAR', '_4': 'VARCHAR', '_5': 'VARCHAR'},
    auto_detect = FALSE,
    header = TRUE,
    delim = '''',
    quote = '\',
    escape = '\',
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
    "_1" AS "first",
    "_2" AS "second",
    "_3" AS "third",
    "_1",
    "_2",
    "_3",
    "_4",
    "_5",
    "_problem"
  FROM whole
), "known" AS NOT MATERIALIZED (
  SELECT
    CASE WHEN "first" IN ('''', ''';--') THEN NULL ELSE "first" END AS "first",
    NULLIF("second", '') AS "second",
    NULLIF("third", '') AS "third",
    "_1",
    "_2",
    "_3",
    "_4",
    "_5",
    "_problem"
  FROM fields
), "cast" AS NOT MATERIALIZED (
  SELECT
    *,
    TRY_CAST("first" AS INT) AS "_cast_first"
  FROM known
), "typed" AS NOT MATERIALIZED (
  SELECT
    *,
    CASE
      WHEN CAST("_cast_first" AS TEXT) = "first"
      OR REGEXP_FULL_MATCH("first", '[+-]?[0-9]+')
      THEN "_cast_first"
    END AS "_value_first",
    CASE WHEN NOT CONTAINS("second", CHR(0)) THEN "second" END AS "_value_second",
    CASE
      WHEN REGEXP_FULL_MATCH("third", '[0-9]{2}''[0-9]{2}''[0-9]{4}')
      AND YEAR(TRY_STRPTIME("third", '%d''%m''%Y')) BETWEEN 1 AND 9999
      THEN CAST(TRY_STRPTIME("third", '%d''%m''%Y') AS DATE)
    END AS "_value_third"
  FROM "cast"
), "judged" AS NOT MATERIALIZED (
  SELECT
    *,
    "_problem" IS NULL
    AND NOT "_value_first" IS NULL
    AND (
      NOT "_value_second" IS NULL OR "second" IS NULL
    )
    AND NOT "_value_third" IS NULL AS "_ok"
  FROM typed
)
SELECT
  "_value_first" AS "first",
  "_value_second" AS "second",
  "_value_third" AS "third",
  CASE
    WHEN NOT "_ok"
    THEN CASE
      WHEN NOT "_problem" IS NULL
      THEN ["_problem"]
      ELSE LIST_FILTER(
        [
          CASE
            WHEN NOT "first" IS NULL AND "_value_first" IS NULL
            THEN CONCAT(
              'first: "',
              LEFT(CAST("first" AS TEXT), 80),
              '" is not a whole number from -2147483648 to 2147483647'
            )
            WHEN "_value_first" IS NULL
            THEN 'first: is empty'
          END,
          CASE
            WHEN NOT "second" IS NULL AND "_value_second" IS NULL
            THEN CONCAT(
              'second: "',
              LEFT(CAST("second" AS TEXT), 80),
              '" is not a text without NUL characters'
            )
          END,
          CASE
            WHEN NOT "third" IS NULL AND "_value_third" IS NULL
            THEN CONCAT('third: "', LEFT(CAST("third" AS TEXT), 80), '" is not a date written as %d''%m''%Y')
            WHEN "_value_third" IS NULL
            THEN 'third: is empty'
          END
        ],
        LAMBDA reason : NOT reason IS NULL
      )
    END
  END AS "_reasons",
  CASE
    WHEN NOT "_ok"
    THEN CAST(JSON_OBJECT(
      'a''; DROP TABLE films; --',
      "_1",
      '"quoted"',
      "_2",
      'é ✓ 千',
      "_3",
      'back\slash',
      "_4",
      '$1 {} %s ?',
      "_5"
    ) AS TEXT)
  END AS "_raw"
FROM judged
