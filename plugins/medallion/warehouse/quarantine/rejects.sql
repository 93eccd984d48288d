-- The rejects of a run, before they are committed to quarantine. {rejects} is their table.

-- name: copy
COPY {rejects} (stage, reasons, record, _load_id, _bronze_part, _bronze_record) FROM STDIN;

-- name: commonest_reasons
-- Of the rows that were rejected at one of these stages; NULL: at any.
SELECT {reason_kind} AS kind, count(*)
FROM {rejects} CROSS JOIN unnest(reasons) AS reason
WHERE {stages}::text[] IS NULL OR stage = ANY({stages})
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {most};

-- name: has_unread
-- Whether there is a row of which the key is not known: one that could not be read, in this run or
-- before, or one that was dropped, values and all.
SELECT EXISTS (SELECT FROM {rejects} WHERE stage IN ('clean', 'left clean', 'dropped'));
