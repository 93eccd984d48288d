WITH "bronze" AS NOT MATERIALIZED (
  SELECT
    CASE
      WHEN REGEXP_MATCHES(CAST("json" AS TEXT), '[0-9][eE][-+]?[0-9]')
      THEN REGEXP_REPLACE(
        REGEXP_REPLACE(
          REGEXP_REPLACE(
            REGEXP_REPLACE(
              REGEXP_REPLACE(
                REGEXP_REPLACE(
                  REGEXP_REPLACE(
                    CAST("json" AS TEXT),
                    '([-:,\[\s])([0-9]+)\.([0-9])',
                    '\1<start>\2<.>\3',
                    'g'
                  ),
                  '([-:,\[\s])([0-9]+)e([0-9])',
                  '\1<start>\2<e>\3',
                  'g'
                ),
                '([-:,\[\s])([0-9]+)e\-([0-9])',
                '\1<start>\2<e->\3',
                'g'
              ),
              '([-:,\[\s])([0-9]+)e\+([0-9])',
              '\1<start>\2<e+>\3',
              'g'
            ),
            '([-:,\[\s])([0-9]+)E([0-9])',
            '\1<start>\2<E>\3',
            'g'
          ),
          '([-:,\[\s])([0-9]+)E\-([0-9])',
          '\1<start>\2<E->\3',
          'g'
        ),
        '([-:,\[\s])([0-9]+)E\+([0-9])',
        '\1<start>\2<E+>\3',
        'g'
      )
      ELSE REGEXP_REPLACE(
        CAST("json" AS TEXT),
        '([-:,\[\s])([0-9]+)\.([0-9])',
        '\1<start>\2<.>\3',
        'g'
      )
    END AS "_record"
  FROM READ_NDJSON_OBJECTS('/lake/it''s/part-0', compression = 'none', ignore_errors = TRUE)
), "numbered" AS NOT MATERIALIZED (
  SELECT
    *,
    ROW_NUMBER() OVER () AS "_number"
  FROM bronze
), "whole" AS NOT MATERIALIZED (
  SELECT
    *,
    CASE
      WHEN NOT COALESCE(JSON_TYPE("_record") = 'OBJECT', FALSE)
      THEN 'record: is not a JSON object'
      WHEN NOT COALESCE(
        LIST_EXTRACT(
          LIST_TRANSFORM(
            [JSON_KEYS("_record")],
            LAMBDA all_keys : CASE
              WHEN LENGTH(all_keys) > LIST_UNIQUE(all_keys)
              THEN LIST_EXTRACT(
                LIST_FILTER(all_keys, LAMBDA key : LENGTH(LIST_FILTER(all_keys, LAMBDA k : k = key)) > 1),
                1
              )
            END
          ),
          1
        )
      ) IS NULL
      THEN CONCAT(
        'record: has the key "',
        CASE
          WHEN CONTAINS(
            COALESCE(
              LIST_EXTRACT(
                LIST_TRANSFORM(
                  [JSON_KEYS("_record")],
                  LAMBDA all_keys : CASE
                    WHEN LENGTH(all_keys) > LIST_UNIQUE(all_keys)
                    THEN LIST_EXTRACT(
                      LIST_FILTER(all_keys, LAMBDA key : LENGTH(LIST_FILTER(all_keys, LAMBDA k : k = key)) > 1),
                      1
                    )
                  END
                ),
                1
              )
            ),
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
                          COALESCE(
                            LIST_EXTRACT(
                              LIST_TRANSFORM(
                                [JSON_KEYS("_record")],
                                LAMBDA all_keys : CASE
                                  WHEN LENGTH(all_keys) > LIST_UNIQUE(all_keys)
                                  THEN LIST_EXTRACT(
                                    LIST_FILTER(all_keys, LAMBDA key : LENGTH(LIST_FILTER(all_keys, LAMBDA k : k = key)) > 1),
                                    1
                                  )
                                END
                              ),
                              1
                            )
                          ),
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
          ELSE COALESCE(
            LIST_EXTRACT(
              LIST_TRANSFORM(
                [JSON_KEYS("_record")],
                LAMBDA all_keys : CASE
                  WHEN LENGTH(all_keys) > LIST_UNIQUE(all_keys)
                  THEN LIST_EXTRACT(
                    LIST_FILTER(all_keys, LAMBDA key : LENGTH(LIST_FILTER(all_keys, LAMBDA k : k = key)) > 1),
                    1
                  )
                END
              ),
              1
            )
          )
        END,
        '" more than once'
      )
    END AS "_problem"
  FROM numbered
), "parsed" AS NOT MATERIALIZED (
  SELECT
    *,
    LIST_TRANSFORM(
      JSON_EXTRACT_STRING("_record", ['/genre', '/country', '/tags']),
      LAMBDA text : CASE
        WHEN CONTAINS(text, '<start>')
        THEN REPLACE(
          REPLACE(
            REPLACE(
              REPLACE(
                REPLACE(
                  REPLACE(
                    REPLACE(REPLACE(text, '<start>', ''), '<.>', '.'),
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
        ELSE text
      END
    ) AS "_fields"
  FROM whole
), "fields" AS NOT MATERIALIZED (
  SELECT
    "_fields"[1] AS "genre",
    "_fields"[2] AS "country",
    "_fields"[3] AS "tags",
    "_record",
    "_number",
    "_problem"
  FROM parsed
), "lists" AS NOT MATERIALIZED (
  SELECT
    "genre" AS "genre",
    "country" AS "country",
    CASE
      WHEN COALESCE(CASE WHEN JSON_VALID("tags") THEN JSON_TYPE("tags") END = 'ARRAY', FALSE)
      THEN LIST_TRANSFORM(
        JSON_EXTRACT_STRING(
          CASE
            WHEN REGEXP_MATCHES("tags", '[0-9][eE][-+]?[0-9]')
            THEN REGEXP_REPLACE(
              REGEXP_REPLACE(
                REGEXP_REPLACE(
                  REGEXP_REPLACE(
                    REGEXP_REPLACE(
                      REGEXP_REPLACE(
                        REGEXP_REPLACE("tags", '([-:,\[\s])([0-9]+)\.([0-9])', '\1<start>\2<.>\3', 'g'),
                        '([-:,\[\s])([0-9]+)e([0-9])',
                        '\1<start>\2<e>\3',
                        'g'
                      ),
                      '([-:,\[\s])([0-9]+)e\-([0-9])',
                      '\1<start>\2<e->\3',
                      'g'
                    ),
                    '([-:,\[\s])([0-9]+)e\+([0-9])',
                    '\1<start>\2<e+>\3',
                    'g'
                  ),
                  '([-:,\[\s])([0-9]+)E([0-9])',
                  '\1<start>\2<E>\3',
                  'g'
                ),
                '([-:,\[\s])([0-9]+)E\-([0-9])',
                '\1<start>\2<E->\3',
                'g'
              ),
              '([-:,\[\s])([0-9]+)E\+([0-9])',
              '\1<start>\2<E+>\3',
              'g'
            )
            ELSE REGEXP_REPLACE("tags", '([-:,\[\s])([0-9]+)\.([0-9])', '\1<start>\2<.>\3', 'g')
          END,
          '$[*]'
        ),
        LAMBDA element : CASE
          WHEN CONTAINS(element, '<start>')
          THEN REPLACE(
            REPLACE(
              REPLACE(
                REPLACE(
                  REPLACE(
                    REPLACE(
                      REPLACE(REPLACE(element, '<start>', ''), '<.>', '.'),
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
          ELSE element
        END
      )
    END AS "tags",
    "_record",
    "_number",
    "_problem",
    NOT NULLIF("tags", '') IS NULL
    AND NOT COALESCE(CASE WHEN JSON_VALID("tags") THEN JSON_TYPE("tags") END = 'ARRAY', FALSE) AS "_shapeless_tags"
  FROM fields
), "cleaned_1" AS NOT MATERIALIZED (
  SELECT
    "genre" AS "genre",
    "country" AS "country",
    LIST_TRANSFORM("tags", LAMBDA element : LOWER(element)) AS "tags",
    "_record",
    "_number",
    "_problem",
    "_shapeless_tags"
  FROM lists
), "known" AS NOT MATERIALIZED (
  SELECT
    NULLIF("genre", '') AS "genre",
    NULLIF("country", '') AS "country",
    LIST_TRANSFORM("tags", LAMBDA element : NULLIF(element, '')) AS "tags",
    "_record",
    "_number",
    "_problem",
    "_shapeless_tags"
  FROM cleaned_1
), "looked_up_genre" AS NOT MATERIALIZED (
  SELECT
    CASE WHEN NOT "genre" IS NULL AND "_key" IS NULL THEN "genre" ELSE "_value" END AS "genre",
    CASE WHEN NOT "genre" IS NULL AND "_key" IS NULL THEN "genre" END AS "_unknown_genre",
    "country",
    "tags",
    "_record",
    "_number",
    "_problem",
    "_shapeless_tags"
  FROM known
  LEFT JOIN "lookup__genre" AS l
    ON "_key" = "genre"
), "looked_up_country" AS NOT MATERIALIZED (
  SELECT
    CASE WHEN NOT "country" IS NULL AND "_key" IS NULL THEN NULL ELSE "_value" END AS "country",
    CASE WHEN NOT "country" IS NULL AND "_key" IS NULL THEN "country" END AS "_unknown_country",
    "genre",
    "tags",
    "_record",
    "_number",
    "_problem",
    "_shapeless_tags",
    "_unknown_genre"
  FROM looked_up_genre
  LEFT JOIN "lookup__country" AS l
    ON "_key" = "country"
), "looked_up_tags" AS NOT MATERIALIZED (
  SELECT
    LIST_TRANSFORM(
      "tags",
      LAMBDA element : CASE
        WHEN NOT element IS NULL AND NOT COALESCE(MAP_CONTAINS("_map", element), FALSE)
        THEN element
        ELSE MAP_EXTRACT_VALUE("_map", element)
      END
    ) AS "tags",
    LIST_EXTRACT(
      LIST_FILTER(
        "tags",
        LAMBDA element : NOT element IS NULL AND NOT COALESCE(MAP_CONTAINS("_map", element), FALSE)
      ),
      1
    ) AS "_unknown_tags",
    "genre",
    "country",
    "_record",
    "_number",
    "_problem",
    "_shapeless_tags",
    "_unknown_genre",
    "_unknown_country"
  FROM looked_up_country
  CROSS JOIN (
    SELECT
      MAP(LIST("_key"), LIST("_value")) AS "_map"
    FROM "lookup__tags"
  ) AS l
), "typed" AS NOT MATERIALIZED (
  SELECT
    *,
    CASE WHEN NOT CONTAINS("genre", CHR(0)) THEN "genre" END AS "_value_genre",
    CASE WHEN NOT CONTAINS("country", CHR(0)) THEN "country" END AS "_value_country",
    LIST_TRANSFORM("tags", LAMBDA element : CASE WHEN NOT CONTAINS(element, CHR(0)) THEN element END) AS "_value_tags"
  FROM looked_up_tags
), "judged" AS NOT MATERIALIZED (
  SELECT
    *,
    "_problem" IS NULL
    AND NOT "_value_genre" IS NULL
    AND "_unknown_genre" IS NULL
    AND (
      NOT "_value_country" IS NULL OR "country" IS NULL
    )
    AND (
      NOT "_value_tags" IS NULL AND LIST_COUNT("_value_tags") = LEN("_value_tags")
    )
    AND NOT "_shapeless_tags" AS "_ok"
  FROM typed
)
SELECT
  "_value_genre" AS "genre",
  "_value_country" AS "country",
  "_value_tags" AS "tags",
  CASE
    WHEN NOT "_ok"
    THEN CASE
      WHEN NOT "_problem" IS NULL
      THEN ["_problem"]
      ELSE LIST_FILTER(
        [
          CASE
            WHEN NOT "_unknown_genre" IS NULL
            THEN CONCAT(
              'genre: "',
              LEFT(CAST("_unknown_genre" AS TEXT), 80),
              '" is not among genres.genre_id'
            )
            WHEN NOT "genre" IS NULL AND "_value_genre" IS NULL
            THEN CONCAT(
              'genre: "',
              LEFT(CAST("genre" AS TEXT), 80),
              '" is not a text without NUL characters'
            )
            WHEN "_value_genre" IS NULL
            THEN 'genre: is empty'
          END,
          CASE
            WHEN NOT "country" IS NULL AND "_value_country" IS NULL
            THEN CONCAT(
              'country: "',
              LEFT(CAST("country" AS TEXT), 80),
              '" is not a text without NUL characters'
            )
          END,
          CASE
            WHEN "_shapeless_tags"
            THEN 'tags: is not a JSON array'
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
          END
        ],
        LAMBDA reason : NOT reason IS NULL
      )
    END
  END AS "_reasons",
  CASE
    WHEN NOT "_ok"
    THEN CASE
      WHEN CASE
        WHEN CASE
          WHEN STRLEN(
            CASE
              WHEN CONTAINS(CAST("_record" AS TEXT), '<start>')
              THEN REPLACE(
                REPLACE(
                  REPLACE(
                    REPLACE(
                      REPLACE(
                        REPLACE(
                          REPLACE(REPLACE(CAST("_record" AS TEXT), '<start>', ''), '<.>', '.'),
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
              ELSE CAST("_record" AS TEXT)
            END
          ) < 500
          THEN FALSE
          ELSE REGEXP_MATCHES(
            REGEXP_REPLACE(
              CASE
                WHEN CONTAINS(CAST("_record" AS TEXT), '<start>')
                THEN REPLACE(
                  REPLACE(
                    REPLACE(
                      REPLACE(
                        REPLACE(
                          REPLACE(
                            REPLACE(REPLACE(CAST("_record" AS TEXT), '<start>', ''), '<.>', '.'),
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
                ELSE CAST("_record" AS TEXT)
              END,
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
                    CASE
                      WHEN CONTAINS(CAST("_record" AS TEXT), '<start>')
                      THEN REPLACE(
                        REPLACE(
                          REPLACE(
                            REPLACE(
                              REPLACE(
                                REPLACE(
                                  REPLACE(REPLACE(CAST("_record" AS TEXT), '<start>', ''), '<.>', '.'),
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
                      ELSE CAST("_record" AS TEXT)
                    END
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
                      CAST(CAST(CASE
                        WHEN CONTAINS(CAST("_record" AS TEXT), '<start>')
                        THEN REPLACE(
                          REPLACE(
                            REPLACE(
                              REPLACE(
                                REPLACE(
                                  REPLACE(
                                    REPLACE(REPLACE(CAST("_record" AS TEXT), '<start>', ''), '<.>', '.'),
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
                        ELSE CAST("_record" AS TEXT)
                      END AS JSON) AS VARIANT)
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
      THEN CASE
        WHEN CONTAINS(CAST("_record" AS TEXT), '<start>')
        THEN REPLACE(
          REPLACE(
            REPLACE(
              REPLACE(
                REPLACE(
                  REPLACE(
                    REPLACE(REPLACE(CAST("_record" AS TEXT), '<start>', ''), '<.>', '.'),
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
        ELSE CAST("_record" AS TEXT)
      END
      ELSE CAST(JSON_OBJECT(
        '_text', CASE
          WHEN CONTAINS(CAST("_record" AS TEXT), '<start>')
          THEN REPLACE(
            REPLACE(
              REPLACE(
                REPLACE(
                  REPLACE(
                    REPLACE(
                      REPLACE(REPLACE(CAST("_record" AS TEXT), '<start>', ''), '<.>', '.'),
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
          ELSE CAST("_record" AS TEXT)
        END
      ) AS TEXT)
    END
  END AS "_raw",
  "_number"
FROM judged
