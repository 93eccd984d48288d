-- The registry: what was landed, run, checked and published. Times are in UTC.
-- Its tables are made by the files of migrations/.

-- Not by to_regclass: asked again in one transaction, it still answers as before another session
-- has made the table (PostgreSQL 18.4), because nothing made it look at what has changed.
-- name: is_there
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'medallion' AND c.relname = 'registry_version'
);

-- name: version
SELECT max(version) FROM medallion.registry_version;

-- name: one_at_a_time
SELECT pg_advisory_xact_lock(hashtextextended('medallion.registry', 0));

-- name: lock_timeout
SELECT current_setting('lock_timeout');

-- name: set_lock_timeout
SELECT set_config('lock_timeout', %(timeout)s, true);

-- name: add_version
INSERT INTO medallion.registry_version (version) VALUES (%(version)s);

-- name: set_works_from
UPDATE medallion.registry_version SET works_from = %(works_from)s WHERE version = %(version)s;

-- name: works_with
-- Whether each newer version may be worked with by a Medallion that knows this one.
SELECT bool_and(coalesce(works_from <= %(newest)s, false))
FROM medallion.registry_version WHERE version > %(newest)s;

-- name: open_load
INSERT INTO medallion.loads AS l
    (dag_id, run_id, domain, dataset, data_interval_start, data_interval_end, spec_digest)
VALUES (%(dag_id)s, %(run_id)s, %(domain)s, %(dataset)s, %(interval_start)s, %(interval_end)s,
        %(spec_digest)s)
ON CONFLICT (dag_id, run_id, dataset) DO UPDATE
SET spec_digest = excluded.spec_digest,
    data_interval_start = excluded.data_interval_start,
    data_interval_end = excluded.data_interval_end
RETURNING l.load_id;

-- name: close_load
UPDATE medallion.loads
SET manifest_uri = %(uri)s, source = %(source)s, notes = %(notes)s, records = %(records)s,
    bytes = %(bytes)s, extracted_at = %(extracted_at)s, deleting_at = NULL, deleted_at = NULL
WHERE load_id = %(load_id)s;

-- name: forget_parts
DELETE FROM medallion.landing_parts WHERE load_id = %(load_id)s;

-- name: add_part
INSERT INTO medallion.landing_parts
    (load_id, part_no, uri, sha256, bytes, records, file, file_state)
VALUES (%(load_id)s, %(part_no)s, %(uri)s, %(sha256)s, %(bytes)s, %(records)s, %(file)s,
        %(file_state)s);

-- name: load_of
SELECT load_id, manifest_uri, deleting_at
FROM medallion.loads
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND dataset = %(dataset)s;

-- name: record_task
INSERT INTO medallion.task_runs AS t
    (dag_id, run_id, task_id, try_number, step, status, started_at, finished_at, rows_in, rows_out,
     rows_quarantined, rows_deduplicated, rows_discarded, reference, details, error, log_url,
     is_backfill)
VALUES (%(dag_id)s, %(run_id)s, %(task_id)s, %(try_number)s, %(step)s, %(status)s, %(started_at)s,
        %(finished_at)s, %(rows_in)s, %(rows_out)s, %(rows_quarantined)s, %(rows_deduplicated)s,
        %(rows_discarded)s, %(reference)s, %(details)s, %(error)s, %(log_url)s,
        %(is_backfill)s)
ON CONFLICT (dag_id, run_id, task_id) DO UPDATE
SET try_number = excluded.try_number, step = excluded.step, status = excluded.status,
    started_at = excluded.started_at, finished_at = excluded.finished_at,
    rows_in = excluded.rows_in, rows_out = excluded.rows_out,
    rows_quarantined = excluded.rows_quarantined, rows_deduplicated = excluded.rows_deduplicated,
    rows_discarded = excluded.rows_discarded,
    reference = excluded.reference, details = excluded.details, error = excluded.error,
    log_url = excluded.log_url, is_backfill = excluded.is_backfill;

-- name: task_records
SELECT task_id, try_number, step, status, started_at, finished_at, rows_in, rows_out,
       rows_quarantined, rows_deduplicated, rows_discarded, reference, details, error, log_url
FROM medallion.task_runs
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s
ORDER BY finished_at;

-- name: task_record
SELECT task_id, try_number, step, status, started_at, finished_at, rows_in, rows_out,
       rows_quarantined, rows_deduplicated, rows_discarded, reference, details, error, log_url
FROM medallion.task_runs
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND task_id = %(task_id)s
  AND status = 'success';

-- name: failure_before
SELECT max(finished_at) FILTER (WHERE status <> 'success') FROM medallion.task_runs
WHERE dag_id = %(dag_id)s
  AND run_id = (SELECT max(run_id) FROM medallion.task_runs
                WHERE dag_id = %(dag_id)s AND run_id < %(run_id)s);

-- name: forget_outcomes
DELETE FROM medallion.gate_results
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND task_id = %(task_id)s;

-- name: add_outcome
INSERT INTO medallion.gate_results
    (dag_id, run_id, task_id, check_id, try_number, layer, domain, table_name, check_name,
     expectation, kwargs, on_failure, status, rows_checked, rows_failed, observed, examples,
     description)
VALUES (%(dag_id)s, %(run_id)s, %(task_id)s, %(check_id)s, %(try_number)s, %(layer)s, %(domain)s,
        %(table_name)s, %(check_name)s, %(expectation)s, %(kwargs)s, %(on_failure)s, %(status)s,
        %(rows_checked)s, %(rows_failed)s, %(observed)s, %(examples)s, %(description)s);

-- name: verdicts_of_task
SELECT check_id, check_name, expectation, coalesce(kwargs->>'column', '') AS column, on_failure,
       status, rows_checked, rows_failed, coalesce(description, '') AS description
FROM medallion.gate_results
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND task_id = %(task_id)s
ORDER BY check_id;

-- name: verdicts_of
SELECT status, count(*) FROM medallion.gate_results
WHERE publication_id = %(publication_id)s GROUP BY status;

-- name: link_outcomes
UPDATE medallion.gate_results
SET publication_id = %(publication_id)s
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND domain = %(domain)s
  AND table_name = %(table_name)s AND layer = ANY(%(layers)s);

-- name: current
SELECT publication_id, version, physical_table, write_disposition, rows_total, dag_id, run_id,
       data_interval_end, as_of, published_at, is_current, version_kept, rows_read, rows_published,
       rows_quarantined, rows_deduplicated, rows_discarded, rows_deleted, digest
FROM medallion.publications
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s AND is_current;

-- name: publication
SELECT publication_id, version, physical_table, write_disposition, rows_total, dag_id, run_id,
       data_interval_end, as_of, published_at, is_current, version_kept, rows_read, rows_published,
       rows_quarantined, rows_deduplicated, rows_discarded, rows_deleted, digest
FROM medallion.publications
WHERE publication_id = %(publication_id)s;

-- name: publication_of_run
SELECT publication_id, version, physical_table, write_disposition, rows_total, dag_id, run_id,
       data_interval_end, as_of, published_at, is_current, version_kept, rows_read, rows_published,
       rows_quarantined, rows_deduplicated, rows_discarded, rows_deleted, digest
FROM medallion.publications
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
  AND dag_id = %(dag_id)s AND run_id = %(run_id)s
ORDER BY publication_id DESC
LIMIT 1;

-- name: history
SELECT publication_id, version, physical_table, write_disposition, rows_total, dag_id, run_id,
       data_interval_end, as_of, published_at, is_current, version_kept, rows_read, rows_published,
       rows_quarantined, rows_deduplicated, rows_discarded, rows_deleted, digest
FROM medallion.publications
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
ORDER BY publication_id DESC;

-- name: with_version
SELECT publication_id, version, physical_table, write_disposition, rows_total, dag_id, run_id,
       data_interval_end, as_of, published_at, is_current, version_kept, rows_read, rows_published,
       rows_quarantined, rows_deduplicated, rows_discarded, rows_deleted, digest
FROM medallion.publications
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
  AND (version_kept OR is_current)
ORDER BY publication_id DESC;

-- name: former
-- What readers had before a publication: a rollback may have shown them an older one last.
SELECT publication_id, version, physical_table, write_disposition, rows_total, dag_id, run_id,
       data_interval_end, as_of, published_at, is_current, version_kept, rows_read, rows_published,
       rows_quarantined, rows_deduplicated, rows_discarded, rows_deleted, digest
FROM medallion.publications
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
  AND publication_id < %(publication_id)s AND retired_by IS NOT NULL
ORDER BY retired_by DESC, publication_id DESC
LIMIT 1;

-- name: next_interval_end
SELECT min(data_interval_end)
FROM medallion.publications
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
  AND version = %(version)s AND data_interval_end > %(after)s
  AND (is_whole OR NOT %(whole)s);

-- name: last_version
SELECT coalesce(max(version), 0)
FROM medallion.publications
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s;

-- name: retire_current
UPDATE medallion.publications SET is_current = false, retired_by = pg_current_xact_id()
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s AND is_current;

-- name: take_rows_off
-- Rows of a version are gone that its publications had brought.
UPDATE medallion.publications SET rows_total = rows_total - %(rows)s
WHERE publication_id = (
    SELECT max(publication_id) FROM medallion.publications
    WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
      AND version = %(version)s);

-- name: make_current
UPDATE medallion.publications SET is_current = true WHERE publication_id = %(publication_id)s;

-- name: mark_published
-- A landing whose rows are published for the first time.
UPDATE medallion.loads SET published_at = now()
WHERE load_id = %(load_id)s AND published_at IS NULL;

-- name: add_publication
INSERT INTO medallion.publications
    (layer, domain, table_name, version, physical_table, write_disposition, dag_id, run_id,
     data_interval_start, data_interval_end, as_of, spec_digest, load_id, rows_read,
     rows_published, rows_quarantined, rows_deduplicated, rows_discarded, rows_deleted,
     rows_total, digest, is_current, is_whole, spec_commit, fingerprint, source_fingerprint, bytes)
VALUES (%(layer)s, %(domain)s, %(table_name)s, %(version)s, %(physical_table)s,
        %(write_disposition)s, %(dag_id)s, %(run_id)s, %(interval_start)s, %(interval_end)s,
        %(as_of)s, %(spec_digest)s, %(load_id)s, %(rows_read)s, %(rows_published)s,
        %(rows_quarantined)s, %(rows_deduplicated)s, %(rows_discarded)s, %(rows_deleted)s,
        %(rows_total)s, %(digest)s, %(is_current)s, %(is_whole)s, %(spec_commit)s,
        nullif(%(fingerprint)s, ''), nullif(%(source_fingerprint)s, ''),
        (SELECT sum(pg_total_relation_size(one))
         FROM (SELECT to_regclass(%(physical_table)s)::oid
               UNION SELECT relid FROM pg_partition_tree(
                   to_regclass(%(physical_table)s || '__rows'))) AS stored (one)))
RETURNING publication_id;

-- name: keep_together
UPDATE medallion.publications SET together_id = %(first)s WHERE publication_id = ANY(%(ids)s);

-- name: together
SELECT layer, domain, table_name, publication_id
FROM medallion.publications
WHERE together_id = (SELECT p.together_id FROM medallion.publications AS p
                     WHERE p.publication_id = %(publication_id)s)
  AND publication_id <> %(publication_id)s
ORDER BY layer, domain, table_name;

-- name: point_to_version
INSERT INTO medallion.current_versions (layer, domain, table_name, version)
VALUES (%(layer)s, %(domain)s, %(table_name)s, %(version)s)
ON CONFLICT (layer, domain, table_name) DO UPDATE SET version = excluded.version;

-- name: record_shown
INSERT INTO medallion.shown_publications (layer, domain, table_name, publication_id)
VALUES (%(layer)s, %(domain)s, %(table_name)s, %(publication_id)s);

-- name: seen_by_nobody
-- Nor on a standby that says what its oldest reader sees (hot_standby_feedback): its sender, which is of
-- no database, has that here, or the slot that it uses.
SELECT NOT EXISTS (
    SELECT FROM medallion.publications AS p
    JOIN (SELECT backend_xmin FROM pg_stat_activity
          WHERE datname = current_database() OR datname IS NULL
          UNION ALL
          SELECT xmin FROM pg_replication_slots WHERE xmin IS NOT NULL) AS a (oldest)
      ON age(a.oldest) >= age(p.retired_by::xid)
    WHERE p.layer = %(layer)s AND p.domain = %(domain)s AND p.table_name = %(table_name)s
      AND p.version = %(version)s
);

-- name: forget_version
UPDATE medallion.publications SET version_kept = false
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s
  AND version = %(version)s;

-- name: cursor_moves
SELECT dag_id = %(dag_id)s AND run_id = %(run_id)s AS is_own, value_before, value_after, stream_id
FROM medallion.cursor_moves
WHERE domain = %(domain)s AND dataset = %(table_name)s AND field = %(field)s AND kind = %(kind)s
  AND (move_id = (SELECT max(move_id) FROM medallion.cursor_moves
                  WHERE domain = %(domain)s AND dataset = %(table_name)s AND field = %(field)s
                    AND kind = %(kind)s)
       OR (dag_id = %(dag_id)s AND run_id = %(run_id)s))
ORDER BY move_id;

-- name: move_cursor
INSERT INTO medallion.cursor_moves AS m
    (domain, dataset, field, kind, dag_id, run_id, value_before, value_after, publication_id,
     stream_id)
VALUES (%(domain)s, %(table_name)s, %(field)s, %(kind)s, %(dag_id)s, %(run_id)s, %(before)s,
        %(after)s, %(publication_id)s, %(stream_id)s)
ON CONFLICT (domain, dataset, field, kind, dag_id, run_id) DO UPDATE
SET value_before = CASE WHEN m.stream_id <> excluded.stream_id THEN excluded.value_before
                        ELSE m.value_before END,
    value_after = excluded.value_after, publication_id = excluded.publication_id,
    moved_at = excluded.moved_at, stream_id = coalesce(excluded.stream_id, m.stream_id);

-- name: cursor_of_load
SELECT notes -> 'cursor' FROM medallion.loads WHERE load_id = %(load_id)s;

-- name: offsets_of_load
SELECT notes -> 'offsets' FROM medallion.loads WHERE load_id = %(load_id)s;

-- name: offsets_of_interval
-- Of the loads of one data interval that have moved offsets.
SELECT l.notes -> 'offsets', m.value_after, m.stream_id
FROM medallion.loads AS l
JOIN medallion.cursor_moves AS m
    ON m.domain = l.domain AND m.dataset = l.dataset AND m.field = %(field)s AND m.kind = %(kind)s
       AND m.dag_id = l.dag_id AND m.run_id = l.run_id
WHERE l.domain = %(domain)s AND l.dataset = %(table_name)s
  AND l.data_interval_end = %(interval_end)s AND l.notes -> 'offsets' ->> 'topic' = %(field)s;

-- name: is_read_on
SELECT notes ?| ARRAY['cursor', 'offsets'] FROM medallion.loads WHERE load_id = %(load_id)s;

-- name: add_deletion
INSERT INTO medallion.deletions
    (kind, layer, domain, table_name, reason, rows, rows_open, bytes, oldest, newest, place)
VALUES (%(kind)s, %(layer)s, %(domain)s, %(table_name)s, %(reason)s, %(rows)s, %(rows_open)s,
        %(bytes)s, %(oldest)s, %(newest)s, %(place)s);

-- name: forget_inputs
DELETE FROM medallion.table_inputs
WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(table_name)s;

-- name: add_input
INSERT INTO medallion.table_inputs (layer, domain, table_name, input, dag_id)
VALUES (%(layer)s, %(domain)s, %(table_name)s, %(input)s, %(dag_id)s);

-- name: readers_of
SELECT layer || '_' || domain || '.' || table_name || ' (of ' || dag_id || ')'
FROM medallion.table_inputs
WHERE input = %(input)s
ORDER BY 1;

-- name: forget_versions
UPDATE medallion.publications AS p SET version_kept = false
WHERE p.layer = %(layer)s AND p.domain = %(domain)s AND p.table_name = %(table_name)s
  AND NOT EXISTS (
      SELECT FROM medallion.pinned_versions AS k
      WHERE k.layer = p.layer AND k.domain = p.domain AND k.table_name = p.table_name
        AND k.version = p.version
  );

-- name: landed_files
SELECT file, bytes, sha256, coalesce(file_state, ''), data_interval_end = %(interval_end)s
FROM medallion.landed_files
WHERE domain = %(domain)s AND dataset = %(dataset)s;

-- name: is_later_published
SELECT EXISTS (
    SELECT FROM medallion.publications
    WHERE layer = %(layer)s AND domain = %(domain)s AND table_name = %(dataset)s
      AND data_interval_end > %(interval_end)s
);

-- name: lands_only_new
SELECT source -> 'only_new' = 'true' FROM medallion.loads WHERE load_id = %(load_id)s;

-- name: has_nothing_new
SELECT notes -> 'nothing_new' = 'true'
FROM medallion.loads
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND dataset = %(dataset)s
  AND manifest_uri IS NOT NULL;

-- name: files_left_out
SELECT f.file
FROM medallion.landed_files AS f
WHERE f.domain = %(domain)s AND f.dataset = %(dataset)s
  AND f.data_interval_end = %(interval_end)s
  AND NOT EXISTS (SELECT FROM medallion.landing_parts AS p
                  WHERE p.load_id = %(load_id)s AND p.file = f.file)
ORDER BY f.file;

-- name: files_of_others
SELECT f.load_id, f.part_no
FROM medallion.landed_files AS f
JOIN medallion.landing_parts AS p ON p.file = f.file AND p.sha256 = f.sha256
WHERE p.load_id = %(load_id)s AND f.domain = %(domain)s AND f.dataset = %(dataset)s
  AND f.load_id <> p.load_id;

-- name: delete_rows
-- Of a version or a quarantine: the rows of these parts of landings.
DELETE FROM {table}
WHERE ({load_id}, {part}) IN (SELECT * FROM unnest(%(loads)s::bigint[], %(parts)s::integer[]));

-- name: remember_files
INSERT INTO medallion.landed_files AS f
    (domain, dataset, file, bytes, sha256, file_state, data_interval_end, dag_id, run_id, load_id,
     part_no)
SELECT %(domain)s, %(dataset)s, p.file, p.bytes, p.sha256, p.file_state, %(interval_end)s,
       %(dag_id)s, %(run_id)s, p.load_id, p.part_no
FROM medallion.landing_parts AS p
WHERE p.load_id = %(load_id)s AND p.file IS NOT NULL
ON CONFLICT (domain, dataset, file) DO UPDATE
SET bytes = excluded.bytes, sha256 = excluded.sha256, file_state = excluded.file_state,
    data_interval_end = excluded.data_interval_end, dag_id = excluded.dag_id,
    run_id = excluded.run_id, load_id = excluded.load_id, part_no = excluded.part_no,
    published_at = clock_timestamp()
WHERE excluded.data_interval_end >= f.data_interval_end OR excluded.sha256 = f.sha256;

-- name: landings_to_delete
SELECT l.load_id, l.manifest_uri AS uri, l.records, l.bytes, l.extracted_at
FROM medallion.loads AS l
WHERE l.domain = %(domain)s AND l.dataset = %(dataset)s AND l.manifest_uri IS NOT NULL
  AND l.deleted_at IS NULL
  AND (l.deleting_at IS NOT NULL OR l.extracted_at < now() - %(age)s AND (
      EXISTS (SELECT FROM medallion.publications AS p WHERE p.load_id = l.load_id)
      OR greatest(l.extracted_at, (
          SELECT max(t.finished_at) FROM medallion.task_runs AS t
          WHERE t.dag_id = l.dag_id AND t.run_id = l.run_id
            AND split_part(t.task_id, '.', 1) = l.dataset
      )) < now() - %(unfinished_kept)s))
ORDER BY l.load_id;

-- name: mark_landing
UPDATE medallion.loads SET deleting_at = coalesce(deleting_at, now())
WHERE load_id = %(load_id)s AND manifest_uri = %(uri)s AND deleted_at IS NULL;

-- name: confirm_landing
UPDATE medallion.loads SET deleted_at = now()
WHERE load_id = %(load_id)s AND manifest_uri = %(uri)s AND deleting_at IS NOT NULL
  AND deleted_at IS NULL;

-- name: landing_behind
-- What readers' rows were made of last; else the newest landing that is kept.
SELECT l.manifest_uri AS uri, l.run_id, l.data_interval_start AS interval_start,
       l.data_interval_end AS interval_end, l.extracted_at,
       EXISTS (SELECT FROM medallion.publications AS p
               WHERE p.load_id = l.load_id AND p.is_current) AS is_published
FROM medallion.loads AS l
WHERE l.domain = %(domain)s AND l.dataset = %(dataset)s AND l.manifest_uri IS NOT NULL
  AND l.deleting_at IS NULL AND l.deleted_at IS NULL
ORDER BY is_published DESC, l.extracted_at DESC, l.load_id DESC LIMIT 1;

-- name: known_landings
SELECT manifest_uri FROM medallion.loads
WHERE domain = %(domain)s AND dataset = %(dataset)s AND manifest_uri IS NOT NULL;

-- name: published_names
SELECT DISTINCT layer, domain, table_name FROM medallion.publications;

-- name: keep_fields
UPDATE medallion.loads
SET notes = coalesce(notes, '{}') || jsonb_build_object('fields', %(fields)s)
WHERE load_id = %(load_id)s;

-- name: last_published_looks
-- What the columns of the landing looked like that was published last, but for this one.
SELECT l.notes -> 'column_looks' FROM medallion.loads AS l
JOIN medallion.publications AS p USING (load_id)
WHERE p.layer = %(layer)s AND p.domain = %(domain)s AND p.table_name = %(dataset)s
  AND l.load_id <> %(load_id)s
ORDER BY p.publication_id DESC LIMIT 1;

-- name: last_published_fields
-- Of the landing that was published last, but for this one: it may be published already.
SELECT l.notes -> 'fields' FROM medallion.loads AS l
JOIN medallion.publications AS p USING (load_id)
WHERE p.layer = %(layer)s AND p.domain = %(domain)s AND p.table_name = %(dataset)s
  AND l.load_id <> %(load_id)s
ORDER BY p.publication_id DESC LIMIT 1;
