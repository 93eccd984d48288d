-- The fields of landings, by which a frozen bronze contract is held.

-- name: keep_fields
UPDATE medallion.loads
SET notes = coalesce(notes, '{}') || jsonb_build_object('fields', %(fields)s)
WHERE load_id = %(load_id)s;

-- name: last_published
-- Of the landing that was published last, but for this one: it may be published already.
SELECT l.notes -> 'fields' FROM medallion.loads AS l
JOIN medallion.publications AS p USING (load_id)
WHERE p.layer = %(layer)s AND p.domain = %(domain)s AND p.table_name = %(table_name)s
  AND l.load_id <> %(load_id)s
ORDER BY p.publication_id DESC LIMIT 1;
