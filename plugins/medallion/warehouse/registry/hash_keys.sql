-- name: keep_first
INSERT INTO medallion.hash_keys (domain, table_name, key_id)
VALUES (%(domain)s, %(table_name)s, %(key_id)s)
ON CONFLICT (domain, table_name) DO NOTHING;

-- name: read
SELECT key_id, since FROM medallion.hash_keys
WHERE domain = %(domain)s AND table_name = %(table_name)s;

-- name: change
INSERT INTO medallion.hash_keys (domain, table_name, key_id)
VALUES (%(domain)s, %(table_name)s, %(key_id)s)
ON CONFLICT (domain, table_name) DO UPDATE
SET key_id = excluded.key_id, since = clock_timestamp();
