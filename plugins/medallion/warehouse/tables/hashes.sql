-- Hashes of one key in the rows of a table, replaced by those of another.

-- name: make_list
CREATE TEMPORARY TABLE former_hashes (former text PRIMARY KEY, new text NOT NULL) ON COMMIT DROP;

-- name: add
INSERT INTO pg_temp.former_hashes (former, new)
SELECT * FROM unnest(%(former)s::text[], %(new)s::text[]) ON CONFLICT DO NOTHING;

-- name: know
CREATE INDEX ON pg_temp.former_hashes (new);
ANALYZE pg_temp.former_hashes;

-- name: replace
UPDATE {table} AS t SET {column} = h.new
FROM pg_temp.former_hashes AS h WHERE t.{column} = h.former AND h.former <> h.new;

-- name: replace_in_arrays
UPDATE {table} AS t SET {column} = ARRAY(
    SELECT coalesce(h.new, one.hash)
    FROM unnest(t.{column}) WITH ORDINALITY AS one (hash, at)
    LEFT JOIN pg_temp.former_hashes AS h ON h.former = one.hash
    ORDER BY one.at)
WHERE EXISTS (SELECT FROM unnest(t.{column}) AS one (hash)
              JOIN pg_temp.former_hashes AS h ON h.former = one.hash AND h.former <> h.new);

-- name: count
SELECT count(*) FROM {table} AS t
WHERE EXISTS (SELECT FROM unnest({hashes}) AS one (hash)
              JOIN pg_temp.former_hashes AS h ON h.former = one.hash AND h.former <> h.new);

-- name: count_unknown
-- Rows with a hash of a value that no landing has any more.
SELECT count(*) FROM {table} AS t
WHERE EXISTS (SELECT FROM unnest({hashes}) AS one (hash)
              WHERE one.hash IS NOT NULL
                AND NOT EXISTS (SELECT FROM pg_temp.former_hashes AS h WHERE h.former = one.hash)
                AND NOT EXISTS (SELECT FROM pg_temp.former_hashes AS h WHERE h.new = one.hash));

-- name: replace_in_deleted_keys
-- In digests of deleted keys: that of one column's hash, before which are as many others as `at` says.
WITH former AS (
    DELETE FROM medallion.deleted_keys AS g USING pg_temp.former_hashes AS h
    WHERE g.layer = %(layer)s AND g.domain = %(domain)s AND g.table_name = %(table_name)s
      AND h.former <> h.new AND substr(g.key_digest, 1 + 32 * %(at)s, 32)
          = sha256(convert_to(jsonb_build_array(h.former)::text, 'UTF8'))
    RETURNING overlay(g.key_digest
        PLACING sha256(convert_to(jsonb_build_array(h.new)::text, 'UTF8'))
        FROM 1 + 32 * %(at)s FOR 32) AS key_digest, g.deleted_at, g.load_id, g.known_at
)
INSERT INTO medallion.deleted_keys AS g
    (layer, domain, table_name, key_digest, deleted_at, load_id, known_at)
SELECT DISTINCT ON (key_digest)
       %(layer)s, %(domain)s, %(table_name)s, key_digest, deleted_at, load_id, known_at
FROM former ORDER BY key_digest, deleted_at DESC
ON CONFLICT (layer, domain, table_name, key_digest)
DO UPDATE SET deleted_at = excluded.deleted_at, load_id = excluded.load_id,
              known_at = excluded.known_at
WHERE excluded.deleted_at > g.deleted_at;
