-- What the columns of a table hold as of a publication, kept once it was worked out.

-- name: kept
SELECT column_name, rows_seen, nulls, distinct_values, lowest, highest
FROM medallion.column_profiles WHERE publication_id = %(publication_id)s;

-- name: keep
INSERT INTO medallion.column_profiles
    (publication_id, column_name, rows_seen, nulls, distinct_values, lowest, highest)
VALUES (%(publication_id)s, %(column_name)s, %(rows_seen)s, %(nulls)s, %(distinct_values)s,
        %(lowest)s, %(highest)s)
ON CONFLICT DO NOTHING;

-- name: is_current
SELECT EXISTS (SELECT FROM medallion.publications
               WHERE publication_id = %(publication_id)s AND is_current);
