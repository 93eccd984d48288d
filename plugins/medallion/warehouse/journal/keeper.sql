-- The journal: tables of a role that nobody logs in as, and the functions by which they are added to.

-- name: tables
-- As the keeper. Run again, it changes nothing.
CREATE TABLE IF NOT EXISTS medallion_journal.changes (
    entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    done_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_by text NOT NULL,
    db_role text NOT NULL,
    action text NOT NULL,
    layer text,
    domain text,
    table_name text,
    dag_id text,
    details jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS changes_table
    ON medallion_journal.changes (layer, domain, table_name, entry_id DESC);
COMMENT ON TABLE medallion_journal.changes IS
    'Who changed what: operator actions, erasures, specs. done_by: as the product knows it; db_role: '
    'as the server knows it. details: numbers, moments, digests; free words are in '
    'medallion.operator_actions, where an erasure may reword them.';

CREATE TABLE IF NOT EXISTS medallion_journal.reads (
    entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    reader text NOT NULL,
    client text NOT NULL,
    application text NOT NULL,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    times bigint NOT NULL CHECK (times > 0),
    rows bigint
);
CREATE INDEX IF NOT EXISTS reads_table
    ON medallion_journal.reads (layer, domain, table_name, last_at DESC);
CREATE INDEX IF NOT EXISTS reads_age ON medallion_journal.reads (last_at);
COMMENT ON TABLE medallion_journal.reads IS
    'Who read which published table: a row for each reader, table, client and application of one '
    'collection. rows: how many it got, where the log says so; NULL: it does not.';

CREATE TABLE IF NOT EXISTS medallion_journal.log_positions (
    head text PRIMARY KEY,
    position bigint NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE medallion_journal.log_positions IS
    'How far each file of the server''s log was read: no line is counted twice. head: the digest of '
    'its first bytes, by which a file is known, whatever its name becomes.';

CREATE TABLE IF NOT EXISTS medallion_journal.collections (
    collection_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    collected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    up_to timestamptz,
    lines bigint NOT NULL DEFAULT 0,
    statements bigint NOT NULL DEFAULT 0,
    refused bigint NOT NULL DEFAULT 0,
    not_understood jsonb NOT NULL DEFAULT '{}',
    problem text NOT NULL DEFAULT ''
);
COMMENT ON TABLE medallion_journal.collections IS
    'What was read of the server''s log: lines, statements of readers, those that the server refused, '
    'those that were not understood (by reason); or why nothing could be read (problem).';

CREATE TABLE IF NOT EXISTS medallion_journal.keeping (
    is_one boolean PRIMARY KEY DEFAULT true CHECK (is_one),
    reads_for interval NOT NULL,
    changes_for interval NOT NULL,
    log_file text NOT NULL DEFAULT ''
);
COMMENT ON TABLE medallion_journal.keeping IS
    'How long entries stay, and which file the server writes its log to, where its own collector does '
    'not. `python -m medallion.cli roles` writes it, as an administrator.';

CREATE OR REPLACE VIEW medallion_journal.access_journal AS
SELECT 'read' AS kind, last_at AS at, reader AS who, 'read' AS action, layer, domain, table_name,
       NULL::text AS dag_id, times, rows, client, application, '{}'::jsonb AS details
FROM medallion_journal.reads
UNION ALL
SELECT 'change', done_at, done_by, action, layer, domain, table_name, dag_id, 1, NULL, '', db_role,
       details
FROM medallion_journal.changes;
COMMENT ON VIEW medallion_journal.access_journal IS
    'Who read and who changed what. application: of a change the role that the server knows.';

CREATE OR REPLACE FUNCTION medallion_journal.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('medallion_journal.forgetting', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'medallion_journal.% is only added to', TG_TABLE_NAME USING ERRCODE = '42501';
END
$$;
CREATE OR REPLACE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON medallion_journal.changes
    FOR EACH ROW EXECUTE FUNCTION medallion_journal.refuse_rewriting();
CREATE OR REPLACE TRIGGER not_emptied BEFORE TRUNCATE ON medallion_journal.changes
    FOR EACH STATEMENT EXECUTE FUNCTION medallion_journal.refuse_rewriting();
CREATE OR REPLACE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON medallion_journal.reads
    FOR EACH ROW EXECUTE FUNCTION medallion_journal.refuse_rewriting();
CREATE OR REPLACE TRIGGER not_emptied BEFORE TRUNCATE ON medallion_journal.reads
    FOR EACH STATEMENT EXECUTE FUNCTION medallion_journal.refuse_rewriting();

-- name: functions
-- As the keeper. They run with its rights: whoever may call them adds, and does nothing else.
CREATE OR REPLACE FUNCTION medallion_journal.add_change(
    done_by text, action text, layer text, domain text, table_name text, dag_id text, details jsonb
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO medallion_journal.changes
        (done_by, db_role, action, layer, domain, table_name, dag_id, details)
    VALUES (left($1, 200), session_user, left($2, 100), left($3, 20), left($4, 100), left($5, 100),
            left($6, 250),
            coalesce((SELECT jsonb_object_agg(left(d.key, 100), d.value)
                      FROM jsonb_each(coalesce($7, '{}')) AS d
                      WHERE jsonb_typeof(d.value) IN ('number', 'boolean')
                         OR jsonb_typeof(d.value) = 'string' AND d.value #>> '{}' ~
                            '^([0-9a-f]{12,64}|[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.+Z-]{0,30})?)$'),
                     '{}'))
$$;
COMMENT ON FUNCTION medallion_journal.add_change IS
    'Adds an entry of now. Of the details it keeps numbers, moments and digests, and no words.';

CREATE OR REPLACE FUNCTION medallion_journal.add_reads(
    head text, from_byte bigint, to_byte bigint, found jsonb, tally jsonb
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    known bigint;
BEGIN
    INSERT INTO medallion_journal.log_positions AS p (head, position) VALUES ($1, 0)
    ON CONFLICT DO NOTHING;
    SELECT p.position INTO known FROM medallion_journal.log_positions AS p
    WHERE p.head = $1 FOR UPDATE;
    IF known <> $2 OR $3 < $2 THEN
        RETURN false;
    END IF;
    UPDATE medallion_journal.log_positions AS p
    SET position = $3, seen_at = clock_timestamp() WHERE p.head = $1;
    INSERT INTO medallion_journal.reads
        (layer, domain, table_name, reader, client, application, first_at, last_at, times, rows)
    SELECT r.layer, r.domain, r.table_name, r.reader, r.client, r.application,
           least(r.first_at, clock_timestamp()), least(r.last_at, clock_timestamp()), r.times, r.rows
    FROM jsonb_to_recordset($4) AS r
        (layer text, domain text, table_name text, reader text, client text, application text,
         first_at timestamptz, last_at timestamptz, times bigint, rows bigint);
    INSERT INTO medallion_journal.collections (up_to, lines, statements, refused, not_understood)
    VALUES (least(($5 ->> 'up_to')::timestamptz, clock_timestamp()), ($5 ->> 'lines')::bigint,
            ($5 ->> 'statements')::bigint, ($5 ->> 'refused')::bigint, $5 -> 'not_understood');
    RETURN true;
END
$$;
COMMENT ON FUNCTION medallion_journal.add_reads IS
    'Adds what a stretch of a log file says, once: false, and nothing, where another one was faster.';

CREATE OR REPLACE FUNCTION medallion_journal.add_problem(problem text) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO medallion_journal.collections (problem)
    SELECT left($1, 500)
    WHERE NOT EXISTS (SELECT FROM medallion_journal.collections AS c
                      WHERE c.problem = left($1, 500) AND c.collected_at > now() - interval '6 hours'
                        AND NOT EXISTS (SELECT FROM medallion_journal.collections AS later
                                        WHERE later.collection_id > c.collection_id))
$$;
COMMENT ON FUNCTION medallion_journal.add_problem IS
    'Says why nothing was read of the server''s log: once, and again after six hours.';

CREATE OR REPLACE FUNCTION medallion_journal.forget() RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kept medallion_journal.keeping;
    gone bigint;
    also bigint;
BEGIN
    SELECT * INTO STRICT kept FROM medallion_journal.keeping;
    PERFORM set_config('medallion_journal.forgetting', 'on', true);
    DELETE FROM medallion_journal.reads WHERE last_at < now() - kept.reads_for;
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM medallion_journal.changes WHERE done_at < now() - kept.changes_for;
    GET DIAGNOSTICS also = ROW_COUNT;
    DELETE FROM medallion_journal.collections WHERE collected_at < now() - kept.reads_for;
    DELETE FROM medallion_journal.log_positions WHERE seen_at < now() - kept.reads_for;
    PERFORM set_config('medallion_journal.forgetting', '', true);
    RETURN gone + also;
END
$$;
COMMENT ON FUNCTION medallion_journal.forget IS
    'Deletes what is older than an administrator has said (keeping), and nothing younger.';

-- name: log_functions
-- As a superuser, who alone may read the server's files. Only those of the log, by their names: what its
-- collector writes, or the file that an administrator has named, with those that it was rotated to.
CREATE OR REPLACE FUNCTION medallion_journal.list_log()
    RETURNS TABLE (file text, bytes bigint, changed_at timestamptz)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF current_setting('logging_collector')::boolean THEN
        RETURN QUERY SELECT current_setting('log_directory') || '/' || l.name, l.size, l.modification
                     FROM pg_ls_logdir() AS l WHERE l.name LIKE '%.log' OR l.name LIKE '%.json';
    ELSE
        RETURN QUERY SELECT k.log_file || s.suffix, f.size, f.modification
                     FROM medallion_journal.keeping AS k,
                          unnest('{.9,.8,.7,.6,.5,.4,.3,.2,.1,""}'::text[]) AS s (suffix),
                          pg_stat_file(k.log_file || s.suffix, true) AS f
                     WHERE k.log_file <> '' AND NOT f.isdir;
    END IF;
END
$$;
CREATE OR REPLACE FUNCTION medallion_journal.read_log(file text, from_byte bigint, most bigint)
    RETURNS bytea LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM medallion_journal.list_log() AS l WHERE l.file = $1) THEN
        RETURN pg_read_binary_file($1, $2, least(greatest($3, 0), 67108864), true);
    END IF;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION medallion_journal.list_log() FROM PUBLIC;
REVOKE ALL ON FUNCTION medallion_journal.read_log(text, bigint, bigint) FROM PUBLIC;

-- name: no_log_functions
DROP FUNCTION IF EXISTS medallion_journal.list_log();
DROP FUNCTION IF EXISTS medallion_journal.read_log(text, bigint, bigint);

-- name: keep_for
INSERT INTO medallion_journal.keeping AS k (reads_for, changes_for, log_file)
VALUES (%(reads_for)s, %(changes_for)s, %(log_file)s)
ON CONFLICT (is_one) DO UPDATE
SET reads_for = excluded.reads_for, changes_for = excluded.changes_for,
    log_file = excluded.log_file
WHERE (k.reads_for, k.changes_for, k.log_file)
   <> (excluded.reads_for, excluded.changes_for, excluded.log_file)
RETURNING 1;

-- name: closed_to_others
-- As the keeper: what everybody may call by default.
REVOKE ALL ON FUNCTION medallion_journal.add_change, medallion_journal.add_reads,
    medallion_journal.add_problem, medallion_journal.forget FROM PUBLIC;

-- name: rights_of_loader
GRANT USAGE ON SCHEMA medallion_journal TO {role};
GRANT SELECT ON ALL TABLES IN SCHEMA medallion_journal TO {role};
GRANT EXECUTE ON FUNCTION medallion_journal.add_change, medallion_journal.add_reads,
    medallion_journal.add_problem, medallion_journal.forget TO {role};

-- name: rights_of_reader
GRANT USAGE ON SCHEMA medallion_journal TO {role};
GRANT SELECT ON ALL TABLES IN SCHEMA medallion_journal TO {role};

-- name: rights_on_log
GRANT EXECUTE ON FUNCTION medallion_journal.list_log(),
    medallion_journal.read_log(text, bigint, bigint) TO {role};

-- name: who
-- Who the administrator is, whether the keeper is there, whether its schema is and is its own, and
-- whether the loader could act as the keeper.
SELECT a.rolsuper,
       k.oid IS NOT NULL AS has_keeper,
       n.oid IS NOT NULL AS has_schema,
       n.oid IS NULL OR n.nspowner = k.oid AS is_own,
       k.oid IS NOT NULL AND pg_has_role(%(loader)s, k.oid, 'MEMBER') AS is_open,
       current_setting('server_version_num')::integer >= 160000 OR NOT l.rolcreaterole AS is_closed
FROM pg_roles AS a
LEFT JOIN pg_roles AS k ON k.rolname = %(keeper)s
LEFT JOIN pg_roles AS l ON l.rolname = %(loader)s
LEFT JOIN pg_namespace AS n ON n.nspname = 'medallion_journal'
WHERE a.rolname = current_user;

-- name: logs
-- What a database, or a role in it, has set of the log of statements.
SELECT coalesce(max(split_part(setting, '=', 2)), '')
FROM pg_db_role_setting AS s
JOIN pg_database AS d ON d.oid = s.setdatabase AND d.datname = current_database()
LEFT JOIN pg_roles AS r ON r.oid = s.setrole,
     unnest(s.setconfig) AS setting
WHERE coalesce(r.rolname, '') = %(role)s AND split_part(setting, '=', 1) = %(name)s;

-- name: view
-- As the loader: the journal under the registry's name.
CREATE OR REPLACE VIEW medallion.access_journal AS
SELECT kind, at, who, action, layer, domain, table_name, dag_id, times, rows, client, application,
       details
FROM medallion_journal.access_journal;

-- name: has_view
SELECT to_regclass('medallion.access_journal') IS NOT NULL;
