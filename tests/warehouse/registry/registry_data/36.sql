-- One row of each table, as version 36 of the registry kept them.
INSERT INTO medallion.loads
    (dag_id, run_id, domain, dataset, data_interval_start, data_interval_end, spec_digest,
     manifest_uri, source, notes, records, bytes, extracted_at)
VALUES ('cinema.box_office', 'scheduled__2026-01-02', 'cinema', 'movies', '2026-01-01+00',
        '2026-01-02+00', 'sha256:spec', 'bronze/cinema/movies/a/b', '{"type": "tmdb"}', '{}', 613,
        90000, '2026-01-02 00:00:05+00');
INSERT INTO medallion.landing_parts (load_id, part_no, uri, sha256, bytes, records)
VALUES (1, 0, 'bronze/cinema/movies/a/b/part-0.jsonl.gz', 'abc', 90000, 613);
INSERT INTO medallion.task_runs
    (dag_id, run_id, task_id, try_number, step, status, started_at, finished_at, rows_out)
VALUES ('cinema.box_office', 'scheduled__2026-01-02', 'movies.land', 1, 'land', 'success',
        '2026-01-02 00:00:01+00', '2026-01-02 00:00:05+00', 613);
INSERT INTO medallion.publications
    (layer, domain, table_name, version, physical_table, write_disposition, dag_id, run_id,
     data_interval_start, data_interval_end, as_of, spec_digest, load_id, rows_read, rows_published,
     rows_quarantined, rows_deduplicated, rows_discarded, rows_deleted, rows_total, digest,
     is_current, is_whole, spec_commit)
VALUES ('silver', 'cinema', 'movies', 1, 'silver_cinema__versions.movies__1', 'merge',
        'cinema.box_office', 'scheduled__2026-01-02', '2026-01-01+00', '2026-01-02+00',
        '2026-01-02+00', 'sha256:spec', 1, 613, 600, 10, 3, 0, 0, 600, 'sha256:data', true, true,
        '0123456789abcdef0123456789abcdef01234567');
INSERT INTO medallion.table_inputs (layer, domain, table_name, input, dag_id)
VALUES ('gold', 'cinema', 'brand_performance', 'silver_cinema.movies', 'cinema.box_office');
INSERT INTO medallion.cursor_moves
    (domain, dataset, field, kind, dag_id, run_id, value_before, value_after, publication_id,
     stream_id)
VALUES ('cinema', 'movies', 'updated_at', 'timestamp', 'cinema.box_office',
        'scheduled__2026-01-02', NULL, '2026-01-01T22:00:00Z', 1, NULL),
       ('cinema', 'movies', 'tickets', 'offsets', 'cinema.box_office',
        'scheduled__2026-01-02', '{}', '{"0": 41}', 1, 'aVq0vXbTTsKTkXnO5o0H1w');
INSERT INTO medallion.landed_files
    (domain, dataset, file, bytes, sha256, data_interval_end, dag_id, run_id, load_id, part_no)
VALUES ('cinema', 'brands', 'brands.csv', 4000, 'def', '2026-01-02+00', 'cinema.box_office',
        'scheduled__2026-01-02', 1, 0);
INSERT INTO medallion.current_versions (layer, domain, table_name, version)
VALUES ('silver', 'cinema', 'movies', 1);
INSERT INTO medallion.gate_results
    (dag_id, run_id, task_id, check_id, try_number, layer, domain, table_name, check_name,
     expectation, kwargs, on_failure, status, rows_checked, rows_failed, publication_id)
VALUES ('cinema.box_office', 'scheduled__2026-01-02', 'movies.gate_silver', '1', 1, 'silver',
        'cinema', 'movies', 'unique', 'expect_column_values_to_be_unique', '{"column": "movie_id"}',
        'fail', 'passed', 600, 0, 1);
INSERT INTO medallion.deletions (kind, layer, domain, table_name, reason, rows)
VALUES ('quarantine', 'silver', 'cinema', 'movies', 'retention: older than 90 days', 4);
INSERT INTO medallion.request_budgets (conn_id, next_at, counted_on, requests, per_day)
VALUES ('tmdb_default', '2026-01-02 00:00:05+00', '2026-01-02', 40, 1000);
INSERT INTO medallion.table_readers (layer, domain, table_name, kind, reader)
VALUES ('silver', 'cinema', 'movies', 'role', 'bi_reader'),
       ('silver', 'cinema', 'movies', 'domain', 'finance');
INSERT INTO medallion.declared_pipelines
    (dag_id, domain, owner, plan, alerts, days_off, days_off_until)
VALUES ('cinema.box_office', 'cinema', 'cinema-data', 'sha256:plan',
        '[{"conn_id": "slack", "events": ["stale"], "to": [], "of_domain": true}]',
        '{[2026-01-03 00:00+00,2026-01-05 00:00+00)}', '2028-01-01+00');
INSERT INTO medallion.declared_tables
    (layer, domain, table_name, dag_id, warn_after, error_after, behind_after)
VALUES ('gold', 'cinema', 'brand_performance', 'cinema.box_office', '26 hours', '50 hours',
        '24 hours');
INSERT INTO medallion.freshness_states (layer, domain, table_name, state, is_late, since)
VALUES ('gold', 'cinema', 'brand_performance', 'stale', true, '2026-01-04 02:00:00+00');
INSERT INTO medallion.last_runs (what, ended_at) VALUES ('freshness', '2026-01-04 02:00:03+00');
INSERT INTO medallion.table_figures
    (layer, domain, table_name, since, publications, rows_published, rows_quarantined,
     rows_deduplicated, rows_discarded, published_at, quarantine_open, lake_bytes)
VALUES ('silver', 'cinema', 'movies', '2026-01-02+00', 1, 600, 10, 3, 0, '2026-01-02+00', 10, 90000);
INSERT INTO medallion.check_figures
    (layer, domain, table_name, on_failure, status, evaluations, latest)
VALUES ('silver', 'cinema', 'movies', 'fail', 'passed', 1, 1);
INSERT INTO medallion.step_figures (domain, step, status, at_most, tasks, seconds)
VALUES ('cinema', 'land', 'success', 5, 1, 4);
UPDATE medallion.publications SET bytes = 65536;
INSERT INTO medallion.column_profiles
    (publication_id, column_name, rows_seen, nulls, distinct_values, lowest, highest)
VALUES (1, 'movie_id', 600, 0, 600, '2', '99861');
INSERT INTO medallion.operator_actions (done_by, action, layer, domain, table_name, details)
VALUES ('ada', 'rollback', 'silver', 'cinema', 'movies', '{"from": 2, "to": 1}');
INSERT INTO medallion.incidents
    (key, event, domain, dag_id, table_name, problem, is_passing, opening_routed)
VALUES ('stale:gold_cinema.brand_performance', 'stale', 'cinema', 'cinema.box_office',
        'gold_cinema.brand_performance', 'last published 2026-01-02', false, true);
INSERT INTO medallion.notices (incident_id, conn_id, notice, receivers, sent_at)
VALUES (1, 'slack', 'opened', '{}', '2026-01-04 02:00:04+00');
INSERT INTO medallion.approvals
    (dag_id, run_id, layer, domain, table_name, code, question, decided_at, decided_by, decision)
VALUES ('cinema.box_office', 'scheduled__2026-01-01', 'silver', 'cinema', 'movies', '10c3e9b83afd',
        '{"why": "the spec asks for it"}', '2026-01-04 02:00:04+00', 'ada', 'approved');
INSERT INTO medallion.pinned_versions (layer, domain, table_name, version, pinned_by)
VALUES ('silver', 'cinema', 'movies', 1, 'ada');
INSERT INTO medallion.operator_actions (done_by, action, domain, dag_id, details)
VALUES ('ada', 'backfill', 'cinema', 'cinema.box_office', '{"backfill_id": 1}');
UPDATE medallion.task_runs SET is_backfill = true;
INSERT INTO medallion.bi_objects (uuid, kind, name, path, spec, wanted, found)
VALUES ('0b6f4c0a-6d0c-5d0e-8a52-1f0f6b0e5f11', 'dashboard', 'Brands',
        'dashboards/cinema-brands.yaml', 'specs/cinema/box_office.yaml',
        '{"dashboard_title": "Brands"}', '{"dashboard_title": "Brands"}');
INSERT INTO medallion.bi_sync (tried_at, succeeded_at, failing_since, problem)
VALUES ('2026-01-02 00:10:00+00', '2026-01-02 00:05:00+00', '2026-01-02 00:10:00+00',
        'Superset does not answer');
INSERT INTO medallion.shown_publications (layer, domain, table_name, shown_at, publication_id)
VALUES ('silver', 'cinema', 'movies', '2026-01-02 00:00:09+00', 1);
INSERT INTO medallion.feature_views
    (domain, table_name, dag_id, entity, event_time, ttl, protected)
VALUES ('cinema', 'brand_features', 'cinema.box_office', '{brand}', 'computed_at', '90 days', '{}');
UPDATE medallion.publications SET fingerprint = 'a1b2', source_fingerprint = 'c3d4';
INSERT INTO medallion.environments (name, role, domains, made_by)
VALUES ('alice', 'environment_alice__warehouse', '{cinema}', 'medallion_loader');
INSERT INTO medallion.windows
    (publication_id, window_start, window_end, is_whole, read_at, sql_digest, time_column, time_grain,
     primary_key, time_digest)
VALUES (1, '2026-01-01+00', '2026-01-02+00', true, '2026-01-02 00:00:05+00', '822ae07d4783158b',
        'day', 'day', '{day,till}', '068f466a6d2e5664');
INSERT INTO medallion.lakes (mark, root, host)
VALUES ('0f5a', '/opt/medallion/lake', 'worker-1');
UPDATE medallion.publications SET together_id = publication_id;
UPDATE medallion.loads SET published_at = '2026-01-02 00:00:09+00';
INSERT INTO medallion.dropped_records (load_id, landing, bronze_part, bronze_record)
VALUES (1, 'bronze/cinema/movies/a/b', 0, 7);
UPDATE medallion.deletions SET kind = 'partition' WHERE deletion_id = 1;
INSERT INTO medallion.erasures (domain, begun_by, finished_at, counts)
VALUES ('cinema', 'ada', '2026-01-05 00:00:00+00', '{"row": 2}');
INSERT INTO medallion.erased_people (domain, identifier, hash, key_id, erasure_id)
VALUES ('cinema', 'email', 'c0ffee', 'a1b2c3', 1);
INSERT INTO medallion.erased_tables (erasure_id, layer, domain, table_name, rows)
VALUES (1, 'silver', 'cinema', 'movies', 2);
INSERT INTO medallion.erased_parts (load_id, part_no, sha256, bytes, records)
VALUES (1, 0, 'c0ffee', 12, '{7}');
INSERT INTO medallion.read_masks
    (layer, domain, table_name, column_name, roles, is_email, keep_last)
VALUES ('silver', 'cinema', 'movies', 'contact', '{fraud_team}', true, 4);
INSERT INTO medallion.hash_keys (domain, table_name, key_id) VALUES ('cinema', 'movies', 'a1b2c3');
INSERT INTO medallion.deleted_keys (layer, domain, table_name, key_digest, deleted_at, load_id, known_at)
VALUES ('silver', 'cinema', 'movies', '\x0f5a', '2026-01-02 00:00:00+00', 1,
        '2026-01-02 00:00:09+00');
INSERT INTO medallion.forgotten_deletions (layer, domain, table_name, up_to)
VALUES ('silver', 'cinema', 'movies', '2026-01-02 00:00:00+00');
INSERT INTO medallion.source_syncs
    (domain, dag_id, run_id, task_id, tool, conn_id, connection_id, after_job, job_id, finished_at,
     status)
VALUES ('cinema', 'cinema.box_office', 'scheduled__2026-01-02', 'airbyte-sync-7f3ab2c1', 'airbyte',
        'crm_airbyte', '7f3ab2c1', 6, 7, '2026-01-02 00:10:00+00', 'succeeded');
