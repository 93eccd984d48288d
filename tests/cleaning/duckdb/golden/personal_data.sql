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
    "_1" AS "customer_id",
    "_2" AS "email",
    "_3" AS "born",
    "_1",
    "_2",
    "_3",
    "_problem"
  FROM whole
), "known" AS NOT MATERIALIZED (
  SELECT
    NULLIF("customer_id", '') AS "customer_id",
    NULLIF("email", '') AS "email",
    NULLIF("born", '') AS "born",
    "_1",
    "_2",
    "_3",
    "_problem"
  FROM fields
), "cast" AS NOT MATERIALIZED (
  SELECT
    *,
    TRY_CAST("customer_id" AS BIGINT) AS "_cast_customer_id",
    TRY_CAST("born" AS DATE) AS "_cast_born"
  FROM known
), "typed" AS NOT MATERIALIZED (
  SELECT
    *,
    CASE
      WHEN CAST("_cast_customer_id" AS TEXT) = "customer_id"
      OR REGEXP_FULL_MATCH("customer_id", '[+-]?[0-9]+')
      THEN "_cast_customer_id"
    END AS "_value_customer_id",
    CASE WHEN NOT CONTAINS("email", CHR(0)) THEN "email" END AS "_value_email",
    CASE
      WHEN (
        STRLEN("born") = 10 AND CAST("_cast_born" AS TEXT) = "born"
      )
      OR REGEXP_FULL_MATCH("born", '(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-[0-9]{2}-[0-9]{2}')
      THEN "_cast_born"
    END AS "_value_born"
  FROM "cast"
), "tried_1" AS NOT MATERIALIZED (
  SELECT
    *,
    TRY({'value': CAST((
    "_value_born" < DATE '2008-01-01'
    ) AS BOOLEAN)}) AS "_try_adult"
  FROM typed
), "computed_1" AS NOT MATERIALIZED (
  SELECT
    *,
    STRUCT_EXTRACT("_try_adult", 'value') AS "_value_adult"
  FROM tried_1
), "judged" AS NOT MATERIALIZED (
  SELECT
    *,
    "_problem" IS NULL
    AND NOT "_value_customer_id" IS NULL
    AND NOT "_value_email" IS NULL
    AND NOT "_value_born" IS NULL
    AND (
      NOT "_try_adult" IS NULL AND NOT "_value_adult" IS NULL
    ) AS "_ok"
  FROM computed_1
)
SELECT
  "_value_customer_id" AS "customer_id",
  SHA256("_outer_pad" || UNHEX(SHA256("_inner_pad" || ENCODE("_value_email")))) AS "email",
  "_value_adult" AS "adult",
  CASE
    WHEN NOT "_ok"
    THEN CASE
      WHEN NOT "_problem" IS NULL
      THEN ["_problem"]
      ELSE CASE
        WHEN LEN(
          LIST_FILTER(
            [
              CASE
                WHEN NOT "customer_id" IS NULL AND "_value_customer_id" IS NULL
                THEN CONCAT(
                  'customer_id: "',
                  LEFT(CAST("customer_id" AS TEXT), 80),
                  '" is not a whole number of 64 bits'
                )
                WHEN "_value_customer_id" IS NULL
                THEN 'customer_id: is empty'
              END,
              CASE
                WHEN NOT "email" IS NULL AND "_value_email" IS NULL
                THEN CONCAT(
                  'email: "',
                  LEFT(CAST('[protected]' AS TEXT), 80),
                  '" is not a text without NUL characters'
                )
                WHEN "_value_email" IS NULL
                THEN 'email: is empty'
              END,
              CASE
                WHEN NOT "born" IS NULL AND "_value_born" IS NULL
                THEN CONCAT('born: "', LEFT(CAST('[protected]' AS TEXT), 80), '" is not a date like 2026-01-31')
                WHEN "_value_born" IS NULL
                THEN 'born: is empty'
              END
            ],
            LAMBDA reason : NOT reason IS NULL
          )
        ) = 0
        THEN LIST_FILTER(
          [
            CASE
              WHEN "_try_adult" IS NULL
              THEN 'adult: cannot be computed from born'
              WHEN "_value_adult" IS NULL
              THEN 'adult: is empty, computed from born'
            END
          ],
          LAMBDA reason : NOT reason IS NULL
        )
        ELSE LIST_FILTER(
          [
            CASE
              WHEN NOT "customer_id" IS NULL AND "_value_customer_id" IS NULL
              THEN CONCAT(
                'customer_id: "',
                LEFT(CAST("customer_id" AS TEXT), 80),
                '" is not a whole number of 64 bits'
              )
              WHEN "_value_customer_id" IS NULL
              THEN 'customer_id: is empty'
            END,
            CASE
              WHEN NOT "email" IS NULL AND "_value_email" IS NULL
              THEN CONCAT(
                'email: "',
                LEFT(CAST('[protected]' AS TEXT), 80),
                '" is not a text without NUL characters'
              )
              WHEN "_value_email" IS NULL
              THEN 'email: is empty'
            END,
            CASE
              WHEN NOT "born" IS NULL AND "_value_born" IS NULL
              THEN CONCAT('born: "', LEFT(CAST('[protected]' AS TEXT), 80), '" is not a date like 2026-01-31')
              WHEN "_value_born" IS NULL
              THEN 'born: is empty'
            END
          ],
          LAMBDA reason : NOT reason IS NULL
        )
      END
    END
  END AS "_reasons",
  CASE
    WHEN NOT "_ok"
    THEN CASE
      WHEN CONTAINS(
        CAST(JSON_OBJECT(
          'id',
          "_1",
          'mail',
          CASE WHEN "_2" IS NULL THEN NULL ELSE '[protected]' END,
          'born',
          CASE WHEN "_3" IS NULL THEN NULL ELSE '[protected]' END
        ) AS TEXT),
        '<start>'
      )
      THEN REPLACE(
        REPLACE(
          REPLACE(
            REPLACE(
              REPLACE(
                REPLACE(
                  REPLACE(
                    REPLACE(
                      CAST(JSON_OBJECT(
                        'id',
                        "_1",
                        'mail',
                        CASE WHEN "_2" IS NULL THEN NULL ELSE '[protected]' END,
                        'born',
                        CASE WHEN "_3" IS NULL THEN NULL ELSE '[protected]' END
                      ) AS TEXT),
                      '<start>',
                      ''
                    ),
                    '<.>',
                    '.'
                  ),
                  '<e>',
                  'e'
                ),
                '<e->',
                'e-'
              ),
              '<e+>',
              'e+'
            ),
            '<E>',
            'E'
          ),
          '<E->',
          'E-'
        ),
        '<E+>',
        'E+'
      )
      ELSE CAST(JSON_OBJECT(
        'id',
        "_1",
        'mail',
        CASE WHEN "_2" IS NULL THEN NULL ELSE '[protected]' END,
        'born',
        CASE WHEN "_3" IS NULL THEN NULL ELSE '[protected]' END
      ) AS TEXT)
    END
  END AS "_raw"
FROM judged
CROSS JOIN pii_key
