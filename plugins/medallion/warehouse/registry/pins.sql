-- Versions that a person has pinned.

-- name: of_table
SELECT version, pinned_by, pinned_at FROM medallion.pinned_versions
WHERE (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s)
ORDER BY version;

-- name: add
INSERT INTO medallion.pinned_versions (layer, domain, table_name, version, pinned_by)
VALUES (%(layer)s, %(domain)s, %(table_name)s, %(version)s, %(pinned_by)s)
ON CONFLICT DO NOTHING;

-- name: remove
DELETE FROM medallion.pinned_versions
WHERE (layer, domain, table_name, version)
    = (%(layer)s, %(domain)s, %(table_name)s, %(version)s);
