WITH "bronze" AS NOT MATERIALIZED (
  SELECT
    *
  FROM READ_PARQUET('/lake/it''s/part-0') AS part("_1", "_2", "_3", "_4", "_5", "_6", "_7")
), "fields" AS NOT MATERIALIZED (
  SELECT
    "_1" AS "id",
    "_2" AS "name",
    "_3" AS "amount",
    "_4" AS "paid_at",
    CAST("_4" AS TEXT) AS "paid_on",
    "_5" AS "tags",
    "_6" AS "ref",
    CAST(TO_JSON("_7") AS TEXT) AS "doc",
    "_1",
    "_2",
    "_3",
    "_4",
    "_5",
    "_6",
    "_7"
  FROM bronze
), "lists" AS NOT MATERIALIZED (
  SELECT
    "id" AS "id",
    "name" AS "name",
    "amount" AS "amount",
    "paid_at" AS "paid_at",
    "paid_on" AS "paid_on",
    "tags" AS "tags",
    "ref" AS "ref",
    "doc" AS "doc",
    "_1",
    "_2",
    "_3",
    "_4",
    "_5",
    "_6",
    "_7"
  FROM fields
), "cleaned_1" AS NOT MATERIALIZED (
  SELECT
    "id" AS "id",
    CASE WHEN "name" < '!' THEN LTRIM("name") ELSE "name" END AS "name",
    "amount" AS "amount",
    "paid_at" AS "paid_at",
    "paid_on" AS "paid_on",
    "tags" AS "tags",
    "ref" AS "ref",
    "doc" AS "doc",
    "_1",
    "_2",
    "_3",
    "_4",
    "_5",
    "_6",
    "_7"
  FROM lists
), "cleaned_2" AS NOT MATERIALIZED (
  SELECT
    "id" AS "id",
    CASE
      WHEN NOT ENDS_WITH("name", ' ')
      THEN "name"
      WHEN ENDS_WITH("name", '  ')
      THEN RTRIM("name")
      ELSE LEFT("name", -1)
    END AS "name",
    "amount" AS "amount",
    "paid_at" AS "paid_at",
    "paid_on" AS "paid_on",
    "tags" AS "tags",
    "ref" AS "ref",
    "doc" AS "doc",
    "_1",
    "_2",
    "_3",
    "_4",
    "_5",
    "_6",
    "_7"
  FROM cleaned_1
), "cleaned_3" AS NOT MATERIALIZED (
  SELECT
    "id" AS "id",
    CASE
      WHEN (
        NOT "name" BETWEEN '!' AND '~'
        OR NOT ARRAY_EXTRACT("name", -1) BETWEEN '!' AND '~'
      )
      AND REGEXP_MATCHES(
        "name",
        '^[\s\p{Z}\x{0B}\x{85}\x{180E}\x{200B}\x{2060}\x{FEFF}]|[\s\p{Z}\x{0B}\x{85}\x{180E}\x{200B}\x{2060}\x{FEFF}]$'
      )
      THEN REGEXP_REPLACE(
        "name",
        '^[\s\p{Z}\x{0B}\x{85}\x{180E}\x{200B}\x{2060}\x{FEFF}]+|[\s\p{Z}\x{0B}\x{85}\x{180E}\x{200B}\x{2060}\x{FEFF}]+$',
        '',
        'g'
      )
      ELSE "name"
    END AS "name",
    "amount" AS "amount",
    "paid_at" AS "paid_at",
    "paid_on" AS "paid_on",
    "tags" AS "tags",
    "ref" AS "ref",
    "doc" AS "doc",
    "_1",
    "_2",
    "_3",
    "_4",
    "_5",
    "_6",
    "_7"
  FROM cleaned_2
), "known" AS NOT MATERIALIZED (
  SELECT
    "id" AS "id",
    "name" AS "name",
    "amount" AS "amount",
    "paid_at" AS "paid_at",
    "paid_on" AS "paid_on",
    "tags" AS "tags",
    "ref" AS "ref",
    "doc" AS "doc",
    "_1",
    "_2",
    "_3",
    "_4",
    "_5",
    "_6",
    "_7"
  FROM cleaned_3
), "typed" AS NOT MATERIALIZED (
  SELECT
    *,
    TRY_CAST("id" AS INT) AS "_value_id",
    CASE WHEN NOT CONTAINS("name", CHR(0)) THEN "name" END AS "_value_name",
    CASE
      WHEN TRY_CAST("amount" AS DECIMAL(18, 2)) = "amount"
      THEN TRY_CAST("amount" AS DECIMAL(18, 2))
    END AS "_value_amount",
    CASE WHEN YEAR("paid_at") BETWEEN 1 AND 9999 THEN "paid_at" END AS "_value_paid_at",
    CASE
      WHEN REGEXP_FULL_MATCH(
        "paid_on",
        '[0-9]{4}\-[0-9]{2}\-[0-9]{2}\ [0-9]{2}:[0-9]{2}:[0-9]{2}[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9](?::[0-5][0-9])?)?'
      )
      AND YEAR(TRY_STRPTIME("paid_on", '%Y-%m-%d %H:%M:%S%z')) BETWEEN 1 AND 9999
      THEN CAST(TRY_STRPTIME("paid_on", '%Y-%m-%d %H:%M:%S%z') AS DATE)
    END AS "_value_paid_on",
    LIST_TRANSFORM("tags", LAMBDA element : CASE WHEN NOT CONTAINS(element, CHR(0)) THEN element END) AS "_value_tags",
    "ref" AS "_value_ref",
    CASE
      WHEN (
        JSON_VALID("doc")
        AND NOT CONTAINS(REPLACE("doc", '\\', ''), '\u0000')
        AND NOT REGEXP_MATCHES(
          REGEXP_REPLACE(REPLACE("doc", '\\', ''), '"(?:[^"\\]|\\.)*"', '""', 'g'),
          '(?i)nan|inf|,\s*[\]}]|[0-9]{1000}|e[+-]?[0-9]{4}'
        )
      )
      AND CASE
        WHEN CASE
          WHEN STRLEN("doc") < 500
          THEN FALSE
          ELSE REGEXP_MATCHES(REGEXP_REPLACE("doc", '"(?:[^"\\]|\\.)*"', '""', 'g'), '(?:[\[{][^\[\]{}]*){500}')
        END
        THEN FALSE
        ELSE COALESCE(
          LENGTH(STR_SPLIT(REPLACE(REPLACE(JSON("doc"), '\\', ''), '\"', ''), '":')) = LENGTH(
            STR_SPLIT(
              REPLACE(REPLACE(TO_JSON(TRY(CAST(CAST("doc" AS JSON) AS VARIANT))), '\\', ''), '\"', ''),
              '":'
            )
          ),
          TRUE
        )
      END
      THEN "doc"
    END AS "_value_doc"
  FROM known
), "judged" AS NOT MATERIALIZED (
  SELECT
    *,
    NOT "_value_id" IS NULL
    AND NOT "_value_name" IS NULL
    AND NOT "_value_amount" IS NULL
    AND (
      NOT "_value_paid_at" IS NULL OR "paid_at" IS NULL
    )
    AND NOT "_value_paid_on" IS NULL
    AND (
      NOT "_value_tags" IS NULL AND LIST_COUNT("_value_tags") = LEN("_value_tags")
    )
    AND NOT "_value_ref" IS NULL
    AND (
      NOT "_value_doc" IS NULL OR "doc" IS NULL
    ) AS "_ok"
  FROM typed
)
SELECT
  "_value_id" AS "id",
  "_value_name" AS "name",
  "_value_amount" AS "amount",
  "_value_paid_at" AS "paid_at",
  "_value_paid_on" AS "paid_on",
  "_value_tags" AS "tags",
  CAST("_value_ref" AS BLOB) AS "ref",
  ENCODE(CHR(1) || "_value_doc") AS "doc",
  CASE
    WHEN NOT "_ok"
    THEN LIST_FILTER(
      [
        CASE
          WHEN NOT "id" IS NULL AND "_value_id" IS NULL
          THEN CONCAT(
            'id: "',
            LEFT(CAST("id" AS TEXT), 80),
            '" is not a whole number from -2147483648 to 2147483647'
          )
          WHEN "_value_id" IS NULL
          THEN 'id: is empty'
        END,
        CASE
          WHEN NOT "name" IS NULL AND "_value_name" IS NULL
          THEN CONCAT('name: "', LEFT(CAST("name" AS TEXT), 80), '" is not a text without NUL characters')
          WHEN "_value_name" IS NULL
          THEN 'name: is empty'
        END,
        CASE
          WHEN NOT "amount" IS NULL AND "_value_amount" IS NULL
          THEN CONCAT(
            'amount: "',
            LEFT(CAST("amount" AS TEXT), 80),
            '" is not a number with at most 16 digits before and 2 after the point'
          )
          WHEN "_value_amount" IS NULL
          THEN 'amount: is empty'
        END,
        CASE
          WHEN NOT "paid_at" IS NULL AND "_value_paid_at" IS NULL
          THEN CONCAT(
            'paid_at: "',
            LEFT(CAST("paid_at" AS TEXT), 80),
            '" is not a date and time with its zone like 2026-01-31T23:59:59Z'
          )
        END,
        CASE
          WHEN NOT "paid_on" IS NULL AND "_value_paid_on" IS NULL
          THEN CONCAT(
            'paid_on: "',
            LEFT(CAST("paid_on" AS TEXT), 80),
            '" is not a date written as %Y-%m-%d %H:%M:%S%z'
          )
          WHEN "_value_paid_on" IS NULL
          THEN 'paid_on: is empty'
        END,
        CASE
          WHEN LIST_COUNT("_value_tags") <> LIST_COUNT("tags")
          THEN CONCAT(
            'tags: ',
            LEFT(CAST("tags" AS TEXT), 80),
            ' is not an array, each element a text without NUL characters'
          )
          WHEN "_value_tags" IS NULL
          THEN 'tags: is empty'
          WHEN LIST_COUNT("_value_tags") < LEN("_value_tags")
          THEN 'tags: has an empty element'
        END,
        CASE
          WHEN NOT "ref" IS NULL AND "_value_ref" IS NULL
          THEN CONCAT(
            'ref: "',
            LEFT(CAST("ref" AS TEXT), 80),
            '" is not a UUID like 123e4567-e89b-12d3-a456-426614174000'
          )
          WHEN "_value_ref" IS NULL
          THEN 'ref: is empty'
        END,
        CASE
          WHEN NOT "doc" IS NULL AND "_value_doc" IS NULL
          THEN CONCAT('doc: "', LEFT(CAST("doc" AS TEXT), 80), '" is not JSON that PostgreSQL can hold')
        END
      ],
      LAMBDA reason : NOT reason IS NULL
    )
  END AS "_reasons",
  CASE
    WHEN NOT "_ok"
    THEN CASE
      WHEN CASE
        WHEN CASE
          WHEN STRLEN(
            CAST(JSON_OBJECT(
              'id',
              TO_JSON("_1"),
              'na"me',
              TO_JSON("_2"),
              'amount',
              TO_JSON(CAST("_3" AS TEXT)),
              'paid_at',
              TO_JSON(CAST("_4" AS TEXT)),
              'tags',
              TO_JSON(LIST_TRANSFORM("_5", LAMBDA element : TO_JSON(element))),
              'ref',
              TO_JSON(CAST("_6" AS TEXT)),
              'doc',
              TO_JSON("_7")
            ) AS TEXT)
          ) < 500
          THEN FALSE
          ELSE REGEXP_MATCHES(
            REGEXP_REPLACE(
              CAST(JSON_OBJECT(
                'id',
                TO_JSON("_1"),
                'na"me',
                TO_JSON("_2"),
                'amount',
                TO_JSON(CAST("_3" AS TEXT)),
                'paid_at',
                TO_JSON(CAST("_4" AS TEXT)),
                'tags',
                TO_JSON(LIST_TRANSFORM("_5", LAMBDA element : TO_JSON(element))),
                'ref',
                TO_JSON(CAST("_6" AS TEXT)),
                'doc',
                TO_JSON("_7")
              ) AS TEXT),
              '"(?:[^"\\]|\\.)*"',
              '""',
              'g'
            ),
            '(?:[\[{][^\[\]{}]*){500}'
          )
        END
        THEN FALSE
        ELSE COALESCE(
          LENGTH(
            STR_SPLIT(
              REPLACE(
                REPLACE(
                  JSON(
                    CAST(JSON_OBJECT(
                      'id',
                      TO_JSON("_1"),
                      'na"me',
                      TO_JSON("_2"),
                      'amount',
                      TO_JSON(CAST("_3" AS TEXT)),
                      'paid_at',
                      TO_JSON(CAST("_4" AS TEXT)),
                      'tags',
                      TO_JSON(LIST_TRANSFORM("_5", LAMBDA element : TO_JSON(element))),
                      'ref',
                      TO_JSON(CAST("_6" AS TEXT)),
                      'doc',
                      TO_JSON("_7")
                    ) AS TEXT)
                  ),
                  '\\',
                  ''
                ),
                '\"',
                ''
              ),
              '":'
            )
          ) = LENGTH(
            STR_SPLIT(
              REPLACE(
                REPLACE(
                  TO_JSON(
                    TRY(
                      CAST(CAST(CAST(JSON_OBJECT(
                        'id',
                        TO_JSON("_1"),
                        'na"me',
                        TO_JSON("_2"),
                        'amount',
                        TO_JSON(CAST("_3" AS TEXT)),
                        'paid_at',
                        TO_JSON(CAST("_4" AS TEXT)),
                        'tags',
                        TO_JSON(LIST_TRANSFORM("_5", LAMBDA element : TO_JSON(element))),
                        'ref',
                        TO_JSON(CAST("_6" AS TEXT)),
                        'doc',
                        TO_JSON("_7")
                      ) AS TEXT) AS JSON) AS VARIANT)
                    )
                  ),
                  '\\',
                  ''
                ),
                '\"',
                ''
              ),
              '":'
            )
          ),
          TRUE
        )
      END
      THEN CAST(JSON_OBJECT(
        'id',
        TO_JSON("_1"),
        'na"me',
        TO_JSON("_2"),
        'amount',
        TO_JSON(CAST("_3" AS TEXT)),
        'paid_at',
        TO_JSON(CAST("_4" AS TEXT)),
        'tags',
        TO_JSON(LIST_TRANSFORM("_5", LAMBDA element : TO_JSON(element))),
        'ref',
        TO_JSON(CAST("_6" AS TEXT)),
        'doc',
        TO_JSON("_7")
      ) AS TEXT)
      ELSE CAST(JSON_OBJECT(
        '_text', CAST(JSON_OBJECT(
          'id',
          TO_JSON("_1"),
          'na"me',
          TO_JSON("_2"),
          'amount',
          TO_JSON(CAST("_3" AS TEXT)),
          'paid_at',
          TO_JSON(CAST("_4" AS TEXT)),
          'tags',
          TO_JSON(LIST_TRANSFORM("_5", LAMBDA element : TO_JSON(element))),
          'ref',
          TO_JSON(CAST("_6" AS TEXT)),
          'doc',
          TO_JSON("_7")
        ) AS TEXT)
      ) AS TEXT)
    END
  END AS "_raw"
FROM judged
