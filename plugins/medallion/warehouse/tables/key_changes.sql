-- Two versions of a table by their key.

-- name: missing
-- How many keys of one are not in the other.
SELECT count(*) FROM (SELECT {key} FROM {ours} EXCEPT SELECT {key} FROM {theirs}) AS missing;
