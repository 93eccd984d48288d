-- Erased people, and what is done to erase them.

-- name: count_known
-- It only grows, whichever of several erasures commits first, and where one that was interrupted
-- continues with more hashes.
SELECT count(*) FROM medallion.erased_people WHERE domain = %(domain)s;

-- name: people
-- The hashes of each identifier.
SELECT identifier, array_agg(DISTINCT hash)
FROM medallion.erased_people
WHERE domain = %(domain)s AND identifier = ANY(%(identifiers)s)
GROUP BY identifier;

-- name: all_people
SELECT identifier, array_agg(DISTINCT hash)
FROM medallion.erased_people
WHERE domain = %(domain)s
GROUP BY identifier;

-- name: by_key
SELECT key_id, count(*) FROM medallion.erased_people WHERE domain = %(domain)s GROUP BY 1 ORDER BY 1;

-- name: other_keys
-- How many hashes were made with keys that are not at hand.
SELECT count(*) FROM medallion.erased_people
WHERE domain = %(domain)s AND key_id <> ALL(%(key_ids)s);

-- name: unfinished
-- The latest erasure of one of these people that has not ended, with the hashes that it knows.
SELECT e.erasure_id
FROM medallion.erasures AS e JOIN medallion.erased_people AS p USING (erasure_id)
WHERE e.domain = %(domain)s AND e.finished_at IS NULL AND p.hash = ANY(%(hashes)s)
ORDER BY e.erasure_id DESC LIMIT 1;

-- name: all_unfinished
SELECT erasure_id FROM medallion.erasures
WHERE domain = %(domain)s AND finished_at IS NULL ORDER BY erasure_id;

-- name: lock_erasure
SELECT pg_try_advisory_lock(hashtextextended('medallion.erasure.' || %(domain)s, 0));

-- name: people_of
SELECT identifier, array_agg(DISTINCT hash)
FROM medallion.erased_people
WHERE erasure_id = ANY(%(erasure_ids)s)
GROUP BY identifier;

-- name: erasures_of
-- Every erasure that has one of these hashes.
SELECT DISTINCT erasure_id FROM medallion.erased_people
WHERE domain = %(domain)s AND hash = ANY(%(hashes)s);

-- name: begin
INSERT INTO medallion.erasures (domain, begun_by) VALUES (%(domain)s, %(by)s) RETURNING erasure_id;

-- name: add_person
INSERT INTO medallion.erased_people (domain, identifier, hash, key_id, erasure_id)
SELECT %(domain)s, %(identifier)s, h, %(key_id)s, %(erasure_id)s FROM unnest(%(hashes)s::text[]) AS h
ON CONFLICT DO NOTHING;

-- name: add_table
INSERT INTO medallion.erased_tables AS t (erasure_id, layer, domain, table_name, rows)
VALUES (%(erasure_id)s, %(layer)s, %(domain)s, %(table_name)s, %(rows)s)
ON CONFLICT (erasure_id, layer, domain, table_name)
DO UPDATE SET rows = t.rows + excluded.rows, erased_at = clock_timestamp();

-- name: tables_of
SELECT layer, domain, table_name, rows, erased_at
FROM medallion.erased_tables WHERE erasure_id = %(erasure_id)s;

-- name: erased_since
SELECT EXISTS (
    SELECT FROM medallion.erased_tables
    WHERE layer || '_' || domain || '.' || table_name = ANY(%(names)s) AND erased_at > %(since)s
);

-- name: finish
UPDATE medallion.erasures SET finished_at = clock_timestamp(), counts = %(counts)s
WHERE erasure_id = %(erasure_id)s AND finished_at IS NULL;

-- name: landings
-- Those of a dataset whose files are there.
SELECT load_id, manifest_uri
FROM medallion.loads
WHERE domain = %(domain)s AND dataset = %(dataset)s AND manifest_uri IS NOT NULL
  AND deleted_at IS NULL AND deleting_at IS NULL
ORDER BY data_interval_end, load_id;

-- name: lock_landing
SELECT pg_advisory_xact_lock(hashtextextended('medallion.landing', %(load_id)s));

-- name: plan_part
INSERT INTO medallion.erased_parts AS e (load_id, part_no, sha256, bytes, records)
VALUES (%(load_id)s, %(part_no)s, %(sha256)s, %(bytes)s, %(records)s)
ON CONFLICT (load_id, part_no) DO UPDATE
SET sha256 = excluded.sha256, bytes = excluded.bytes, records = excluded.records;

-- name: planned
SELECT part_no, sha256, bytes, records FROM medallion.erased_parts WHERE load_id = %(load_id)s;

-- name: forget_planned
DELETE FROM medallion.erased_parts WHERE load_id = %(load_id)s AND part_no = %(part_no)s;

-- name: keep_part
UPDATE medallion.landing_parts SET sha256 = %(sha256)s, bytes = %(bytes)s
WHERE load_id = %(load_id)s AND part_no = %(part_no)s;

-- name: keep_bytes
UPDATE medallion.loads
SET bytes = (SELECT sum(p.bytes) FROM medallion.landing_parts AS p WHERE p.load_id = loads.load_id)
WHERE load_id = %(load_id)s;

-- name: forget_dropped
-- What somebody has dropped of quarantine, and is blank now.
DELETE FROM medallion.dropped_records
WHERE load_id = %(load_id)s AND bronze_part = %(part_no)s AND bronze_record = ANY(%(records)s);

-- name: forget_examples
-- What checks, duplicates and profiles have shown of a table's values. The counts stay.
UPDATE medallion.gate_results SET examples = NULL, observed = NULL
WHERE domain = %(domain)s AND table_name = %(table_name)s AND layer = ANY(%(layers)s)
  AND (examples IS NOT NULL OR observed IS NOT NULL);

-- name: forget_profiles
DELETE FROM medallion.column_profiles AS c
USING medallion.publications AS p
WHERE p.publication_id = c.publication_id AND p.layer = %(layer)s AND p.domain = %(domain)s
  AND p.table_name = %(table_name)s;

-- name: deleted_keys
-- Digests of deleted keys (publish/deleted_when.py) with one of a person's values, as a text or as a
-- number, in the column before which the key has as many others as `at` says.
SELECT key_digest FROM medallion.deleted_keys
WHERE (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s)
  AND substr(key_digest, 1 + 32 * %(at)s, 32) IN (
    SELECT sha256(convert_to(as_json, 'UTF8'))
    FROM unnest(%(values)s::text[]) AS value,
         unnest(ARRAY[jsonb_build_array(value)::text, '[' || value || ']']) AS as_json);

-- name: forget_deleted_keys
DELETE FROM medallion.deleted_keys
WHERE (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s)
  AND key_digest = ANY(%(digests)s);

-- name: forget_conflicts
UPDATE medallion.task_runs SET details = details - 'conflicts'
WHERE task_id = %(task)s AND dag_id LIKE %(domain)s || '.%%' AND details ? 'conflicts';

-- name: text_columns
-- Where the registry keeps words that people or data may have written. Names by which rows of it are
-- found (of files, folders, tables, runs), and offsets, are none.
SELECT c.table_name::text, c.column_name::text, c.data_type::text
FROM information_schema.columns AS c
WHERE c.table_schema = 'medallion' AND (c.table_name, c.column_name) IN (
    ('approvals', 'comment'), ('approvals', 'question'), ('column_profiles', 'highest'),
    ('column_profiles', 'lowest'), ('deletions', 'reason'), ('gate_results', 'description'),
    ('gate_results', 'examples'), ('gate_results', 'observed'), ('incidents', 'details'),
    ('incidents', 'problem'), ('notices', 'error'), ('operator_actions', 'details'),
    ('source_syncs', 'problem'),
    ('task_runs', 'details'), ('task_runs', 'error')
);

-- name: mentions
SELECT DISTINCT {column}::text FROM {table}
WHERE lower({column}::text) LIKE ANY(%(likes)s);

-- name: reword
UPDATE {table} SET {column} = {value} WHERE {column}::text = %(said)s;

-- name: readers_of
-- Gold tables that were made of one of these, as they were published last.
SELECT DISTINCT layer, domain, table_name FROM medallion.table_inputs
WHERE input = ANY(%(inputs)s);
