WITH "bronze" AS NOT MATERIALIZED (
  SELECT
    UNNEST(
      CASE
        WHEN JSON_TYPE("json", '/data/the results') = 'ARRAY'
        THEN CAST(JSON_EXTRACT("json", '/data/the results') AS JSON[])
      END
    ) AS "_record"
  FROM READ_NDJSON_OBJECTS('/lake/it''s/part-0', compression = 'gzip', ignore_errors = FALSE)
), "parsed" AS NOT MATERIALIZED (
  SELECT
    *,
    JSON_EXTRACT_STRING("_record", ['/id', '/credits/na~1me~0''"', '/genre_ids']) AS "_fields"
  FROM bronze
), "fields" AS NOT MATERIALIZED (
  SELECT
    "_fields"[1] AS "film_id",
    "_fields"[2] AS "director",
    "_fields"[3] AS "genre_ids",
    "_record"
  FROM parsed
), "lists" AS NOT MATERIALIZED (
  SELECT
    "film_id" AS "film_id",
    "director" AS "director",
    CASE
      WHEN COALESCE(CASE WHEN JSON_VALID("genre_ids") THEN JSON_TYPE("genre_ids") END = 'ARRAY', FALSE)
      THEN JSON_EXTRACT_STRING("genre_ids", '$[*]')
    END AS "genre_ids",
    "_record",
    NOT NULLIF("genre_ids", '') IS NULL
    AND NOT COALESCE(CASE WHEN JSON_VALID("genre_ids") THEN JSON_TYPE("genre_ids") END = 'ARRAY', FALSE) AS "_shapeless_genre_ids"
  FROM fields
), "known" AS NOT MATERIALIZED (
  SELECT
    NULLIF("film_id", '') AS "film_id",
    CASE WHEN "director" IN ('', 'n/a') THEN NULL ELSE "director" END AS "director",
    LIST_TRANSFORM("genre_ids", LAMBDA element : NULLIF(element, '')) AS "genre_ids",
    "_record",
    "_shapeless_genre_ids"
  FROM lists
), "typed" AS NOT MATERIALIZED (
  SELECT
    *,
    CASE
      WHEN REGEXP_FULL_MATCH("film_id", '[+-]?[0-9]+(?:\.0+)?')
      THEN TRY_CAST("film_id" AS BIGINT)
    END AS "_value_film_id",
    CASE WHEN NOT CONTAINS("director", CHR(0)) THEN "director" END AS "_value_director",
    LIST_TRANSFORM(
      "genre_ids",
      LAMBDA element : CASE
        WHEN REGEXP_FULL_MATCH(element, '[+-]?[0-9]+(?:\.0+)?')
        THEN TRY_CAST(element AS INT)
      END
    ) AS "_value_genre_ids"
  FROM known
), "judged" AS NOT MATERIALIZED (
  SELECT
    *,
    COALESCE(JSON_TYPE("_record") = 'OBJECT', FALSE)
    AND NOT "_value_film_id" IS NULL
    AND (
      NOT "_value_director" IS NULL OR "director" IS NULL
    )
    AND (
      "genre_ids" IS NULL OR LIST_COUNT("_value_genre_ids") = LIST_COUNT("genre_ids")
    )
    AND NOT "_shapeless_genre_ids" AS "_ok"
  FROM typed
)
SELECT
  "_value_film_id" AS "film_id",
  "_value_director" AS "director",
  "_value_genre_ids" AS "genre_ids",
  CASE
    WHEN NOT "_ok"
    THEN CASE
      WHEN NOT COALESCE(JSON_TYPE("_record") = 'OBJECT', FALSE)
      THEN ['record: is not a JSON object']
      ELSE LIST_FILTER(
        [
          CASE
            WHEN NOT "film_id" IS NULL AND "_value_film_id" IS NULL
            THEN CONCAT(
              'film_id: "',
              LEFT(CAST("film_id" AS TEXT), 80),
              '" is not a whole number of 64 bits'
            )
            WHEN "_value_film_id" IS NULL
            THEN 'film_id: is empty'
          END,
          CASE
            WHEN NOT "director" IS NULL AND "_value_director" IS NULL
            THEN CONCAT(
              'director: "',
              LEFT(CAST("director" AS TEXT), 80),
              '" is not a text without NUL characters'
            )
          END,
          CASE
            WHEN "_shapeless_genre_ids"
            THEN 'genre_ids: is not a JSON array'
            WHEN LIST_COUNT("_value_genre_ids") <> LIST_COUNT("genre_ids")
            THEN CONCAT(
              'genre_ids: ',
              LEFT(CAST("genre_ids" AS TEXT), 80),
              ' is not an array, each element a whole number from -2147483648 to 2147483647'
            )
          END
        ],
        LAMBDA reason : NOT reason IS NULL
      )
    END
  END AS "_reasons",
  CASE WHEN NOT "_ok" THEN CAST("_record" AS TEXT) END AS "_raw"
FROM judged
