-- A published table as a look-up of the cleaning.

-- name: values
-- Each key as a text, with a value and the number of its values; a good table has one.
SELECT {key}::text, min({value}::text), count(DISTINCT {value}::text)
FROM {table}
WHERE {key} IS NOT NULL
GROUP BY 1;
