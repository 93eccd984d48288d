-- The rejects of a run, before they are committed to quarantine. {rejects} is their table.

-- name: copy
COPY {rejects} (stage, reasons, record, _load_id, _bronze_part, _bronze_record) FROM STDIN;

-- name: commonest_reasons
SELECT {reason_kind} AS kind, count(*)
FROM {rejects} CROSS JOIN unnest(reasons) AS reason
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {most};

-- name: has_stage
-- Whether there is a row that was rejected at one stage of a run.
SELECT EXISTS (SELECT FROM {rejects} WHERE stage = {stage});
