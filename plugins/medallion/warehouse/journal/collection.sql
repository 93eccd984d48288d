-- Reads of published tables: what the server's log is, how far it was read, what views are made of.

-- name: state
-- Whether there is a journal, whether its log may be read, and how the server logs. The loader's own
-- statements are not logged; so what counts is what the database says. Without its collector a server
-- writes text, whatever its destination.
SELECT to_regnamespace('medallion_journal') IS NOT NULL AS has_journal,
       (SELECT has_function_privilege(p.oid, 'EXECUTE') FROM pg_proc AS p
        JOIN pg_namespace AS n ON n.oid = p.pronamespace
        WHERE (n.nspname, p.proname) = ('medallion_journal', 'read_log')) AS may_read,
       current_setting('log_line_prefix') AS prefix,
       current_setting('log_timezone') AS zone,
       'stderr' = ANY (d.names) OR NOT d.is_collected AS is_text,
       'jsonlog' = ANY (d.names) AND d.is_collected AS is_json,
       current_setting('log_statement') = 'all' OR EXISTS (
           SELECT FROM pg_db_role_setting AS s
           JOIN pg_database AS d ON d.oid = s.setdatabase AND d.datname = current_database()
           WHERE s.setrole = 0 AND 'log_statement=all' = ANY (s.setconfig)) AS is_logged
FROM (SELECT string_to_array(replace(current_setting('log_destination'), ' ', ''), ',') AS names,
             current_setting('logging_collector')::boolean AS is_collected) AS d;

-- name: files
-- The oldest first; and whether nobody has written to it for some seconds.
SELECT file, bytes, changed_at < clock_timestamp() - interval '5 seconds'
FROM medallion_journal.list_log() ORDER BY changed_at, file DESC;

-- name: read
SELECT medallion_journal.read_log(%(file)s, %(from_byte)s, %(most)s);

-- name: position
SELECT position FROM medallion_journal.log_positions WHERE head = %(head)s;

-- name: add_reads
SELECT medallion_journal.add_reads(%(head)s, %(from_byte)s, %(to_byte)s, %(found)s, %(tally)s);

-- name: add_problem
SELECT medallion_journal.add_problem(%(problem)s);

-- name: forget
SELECT medallion_journal.forget();

-- name: published
-- Published tables, as far as they are there: for those that a statement names without a schema.
SELECT n.nspname::text, c.relname::text
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'p') AND n.nspname ~ '^(silver|gold)_[a-z]';

-- name: made_of
-- What views of others are made of: each with a relation that it reads.
SELECT DISTINCT vn.nspname::text, v.relname::text, un.nspname::text, u.relname::text
FROM pg_rewrite AS r
JOIN pg_class AS v ON v.oid = r.ev_class AND v.relkind IN ('v', 'm')
JOIN pg_namespace AS vn ON vn.oid = v.relnamespace
JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
    AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid
JOIN pg_class AS u ON u.oid = d.refobjid
JOIN pg_namespace AS un ON un.oid = u.relnamespace
WHERE vn.nspname !~ '^(silver_|gold_|store_|staging_|quarantine_|medallion|pg_|information_schema)';

-- name: may_read_journal
SELECT coalesce((SELECT has_schema_privilege(n.oid, 'USAGE')
                    AND has_table_privilege(c.oid, 'SELECT')
                 FROM pg_namespace AS n JOIN pg_class AS c ON c.relnamespace = n.oid
                 WHERE (n.nspname, c.relname) = ('medallion_journal', 'collections')), false);

-- name: usage
-- Of one table: when it was read last, by how many in the last 30 and 90 days, and how often.
SELECT max(last_at) AS last_read_at,
       count(DISTINCT reader) FILTER (WHERE last_at > now() - interval '30 days') AS readers_month,
       count(DISTINCT reader) FILTER (WHERE last_at > now() - interval '90 days') AS readers_quarter,
       coalesce(sum(times) FILTER (WHERE last_at > now() - interval '30 days'), 0)::bigint
           AS times_month
FROM medallion_journal.reads
WHERE (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s);

-- name: readers
SELECT reader, application, client, max(last_at) AS last_at, sum(times)::bigint AS times,
       sum(rows)::bigint AS rows
FROM medallion_journal.reads
WHERE (layer, domain, table_name) = (%(layer)s, %(domain)s, %(table_name)s)
  AND last_at > now() - interval '30 days'
GROUP BY reader, application, client ORDER BY max(last_at) DESC LIMIT %(most)s;

-- name: collection
-- Since when reads are collected, how far, and what was not understood in the last 30 days.
SELECT min(collected_at) FILTER (WHERE problem = '') AS since,
       max(up_to) AS up_to,
       coalesce(sum(statements) FILTER (WHERE collected_at > now() - interval '30 days'), 0)::bigint
           AS statements,
       coalesce((SELECT sum(n.value::bigint)
                 FROM medallion_journal.collections AS c, jsonb_each_text(c.not_understood) AS n
                 WHERE c.collected_at > now() - interval '30 days'), 0)::bigint AS not_understood,
       (SELECT c.problem FROM medallion_journal.collections AS c
        ORDER BY c.collection_id DESC LIMIT 1) AS problem
FROM medallion_journal.collections;
