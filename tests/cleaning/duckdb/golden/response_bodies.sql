WITH "bronze" AS NOT MATERIALIZED (
  SELECT
    UNNEST(
      CASE
        WHEN JSON_TYPE("json", '/data/the results') = 'ARRAY'
        THEN CAST(JSON_EXTRACT("json", '/data/the results') AS JSON[])
      END
    ) AS "_record"
  FROM (
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
      END AS "json"
    FROM READ_NDJSON_OBJECTS('/lake/it''s/part-0', compression = 'gzip', ignore_errors = FALSE)
  )
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
        ),
        LIST_EXTRACT(
          LIST_TRANSFORM(
            [JSON_KEYS("_record", '/credits')],
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
              ),
              LIST_EXTRACT(
                LIST_TRANSFORM(
                  [JSON_KEYS("_record", '/credits')],
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
                            ),
                            LIST_EXTRACT(
                              LIST_TRANSFORM(
                                [JSON_KEYS("_record", '/credits')],
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
            ),
            LIST_EXTRACT(
              LIST_TRANSFORM(
                [JSON_KEYS("_record", '/credits')],
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
  FROM bronze
), "parsed" AS NOT MATERIALIZED (
  SELECT
    *,
    LIST_TRANSFORM(
      JSON_EXTRACT_STRING("_record", ['/id', '/credits/na~1me~0''"', '/genre_ids']),
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
    "_fields"[1] AS "film_id",
    "_fields"[2] AS "director",
    "_fields"[3] AS "genre_ids",
    "_record",
    "_problem"
  FROM parsed
), "lists" AS NOT MATERIALIZED (
  SELECT
    "film_id" AS "film_id",
    "director" AS "director",
    CASE
      WHEN COALESCE(CASE WHEN JSON_VALID("genre_ids") THEN JSON_TYPE("genre_ids") END = 'ARRAY', FALSE)
      THEN LIST_TRANSFORM(
        JSON_EXTRACT_STRING(
          CASE
            WHEN REGEXP_MATCHES("genre_ids", '[0-9][eE][-+]?[0-9]')
            THEN REGEXP_REPLACE(
              REGEXP_REPLACE(
                REGEXP_REPLACE(
                  REGEXP_REPLACE(
                    REGEXP_REPLACE(
                      REGEXP_REPLACE(
                        REGEXP_REPLACE(
                          "genre_ids",
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
              "genre_ids",
              '([-:,\[\s])([0-9]+)\.([0-9])',
              '\1<start>\2<.>\3',
              'g'
            )
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
    END AS "genre_ids",
    "_record",
    "_problem",
    NOT NULLIF("genre_ids", '') IS NULL
    AND NOT COALESCE(CASE WHEN JSON_VALID("genre_ids") THEN JSON_TYPE("genre_ids") END = 'ARRAY', FALSE) AS "_shapeless_genre_ids"
  FROM fields
), "known" AS NOT MATERIALIZED (
  SELECT
    NULLIF("film_id", '') AS "film_id",
    CASE WHEN "director" IN ('', 'n/a') THEN NULL ELSE "director" END AS "director",
    LIST_TRANSFORM("genre_ids", LAMBDA element : NULLIF(element, '')) AS "genre_ids",
    "_record",
    "_problem",
    "_shapeless_genre_ids"
  FROM lists
), "cast" AS NOT MATERIALIZED (
  SELECT
    *,
    TRY_CAST("film_id" AS BIGINT) AS "_cast_film_id"
  FROM known
), "typed" AS NOT MATERIALIZED (
  SELECT
    *,
    CASE
      WHEN CAST("_cast_film_id" AS TEXT) = "film_id"
      OR (
        REGEXP_FULL_MATCH("film_id", '[+-]?[0-9]+(?:\.0+)?')
        OR (
          REGEXP_FULL_MATCH("film_id", '[+-]?([0-9]+)(?:\.([0-9]*))?[eE]([+-]?[0-9]{1,3})')
          AND (
            LENGTH(
              RTRIM(
                REGEXP_REPLACE("film_id", '[+-]?([0-9]+)(?:\.([0-9]*))?[eE]([+-]?[0-9]{1,3})', '\1\2'),
                '0'
              )
            ) - LENGTH(
              REGEXP_EXTRACT("film_id", '[+-]?([0-9]+)(?:\.([0-9]*))?[eE]([+-]?[0-9]{1,3})', 1)
            ) - CAST(REGEXP_EXTRACT("film_id", '[+-]?([0-9]+)(?:\.([0-9]*))?[eE]([+-]?[0-9]{1,3})', 3) AS INT) <= 0
            OR REGEXP_MATCHES("film_id", '^[-+0.]*[eE]')
          )
        )
      )
      THEN "_cast_film_id"
    END AS "_value_film_id",
    CASE WHEN NOT CONTAINS("director", CHR(0)) THEN "director" END AS "_value_director",
    LIST_TRANSFORM(
      "genre_ids",
      LAMBDA element : CASE
        WHEN REGEXP_FULL_MATCH(element, '[+-]?[0-9]+(?:\.0+)?')
        OR (
          REGEXP_FULL_MATCH(element, '[+-]?([0-9]+)(?:\.([0-9]*))?[eE]([+-]?[0-9]{1,3})')
          AND (
            LENGTH(
              RTRIM(
                REGEXP_REPLACE(element, '[+-]?([0-9]+)(?:\.([0-9]*))?[eE]([+-]?[0-9]{1,3})', '\1\2'),
                '0'
              )
            ) - LENGTH(REGEXP_EXTRACT(element, '[+-]?([0-9]+)(?:\.([0-9]*))?[eE]([+-]?[0-9]{1,3})', 1)) - CAST(REGEXP_EXTRACT(element, '[+-]?([0-9]+)(?:\.([0-9]*))?[eE]([+-]?[0-9]{1,3})', 3) AS INT) <= 0
            OR REGEXP_MATCHES(element, '^[-+0.]*[eE]')
          )
        )
        THEN TRY_CAST(element AS INT)
      END
    ) AS "_value_genre_ids"
  FROM "cast"
), "judged" AS NOT MATERIALIZED (
  SELECT
    *,
    "_problem" IS NULL
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
      WHEN NOT "_problem" IS NULL
      THEN ["_problem"]
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
  END AS "_raw"
FROM judged
