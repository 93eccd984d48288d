-- name: functions
-- Every function of pg_catalog that SQL could call at all, that only computes, and that does not
-- merely stand behind an operator, an aggregate, an index or a type. A name is on the list when all
-- functions of that name are immutable or stable.
WITH functions AS (
    SELECT
        p.proname AS name,
        p.prokind = 'a' AS is_aggregate,
        p.provolatile = 'v' AS is_volatile,
        coalesce(obj_description(p.oid, 'pg_proc'), '') AS description,
        EXISTS (
            SELECT FROM unnest(p.proargtypes::oid[] || p.prorettype) AS a
            WHERE format_type(a, NULL) IN (
                'internal', 'cstring', 'cstring[]', 'trigger', 'event_trigger', 'language_handler',
                'fdw_handler', 'index_am_handler', 'tsm_handler', 'table_am_handler',
                'pg_ddl_command', 'aclitem', 'aclitem[]', 'void'
            )
        ) AS is_internal
    FROM pg_proc AS p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace
)
SELECT name
FROM functions
GROUP BY name
HAVING NOT bool_or(is_volatile)
   AND (
       name IN ('starts_with', 'array_cat', 'jsonb_delete', 'jsonb_delete_path', 'jsonb_exists',
                'jsonb_exists_all', 'jsonb_exists_any', 'jsonb_contains', 'jsonb_contained')
       OR NOT bool_and(
           is_internal
           OR NOT is_aggregate AND description ~ concat_ws(
               '|',
               '^implementation of ', '^I/O$', '^\(internal\)', '^(larger|smaller) of two$',
               '^aggregate (transition|final|serial|deserial|combine) function',
               '^less-equal-greater', '^(increment|decrement)(,|$)', ' range to canonical ',
               '^float8 difference of two', '^range aggregate', '^(matches|does not match) LIKE',
               '(GIN|GiST|SP-GiST|BRIN|window RANGE|btree equal) ?.*support', '^equal image$'
           )
       )
   )
ORDER BY name COLLATE "C";

-- name: types
-- Every type of data of pg_catalog: no row of a catalogue, no pseudo-type, no name that is looked up
-- in the catalogue (but those of text search), nothing that is the server's own bookkeeping.
SELECT typname
FROM pg_type
WHERE typnamespace = 'pg_catalog'::regnamespace
  AND typtype IN ('b', 'r', 'm')
  AND typname !~ '^_'
  AND (typname !~ '^(reg|pg_)' OR typname IN ('regconfig', 'regdictionary', 'pg_lsn'))
  AND typname NOT IN ('aclitem', 'gtsvector', 'refcursor', 'txid_snapshot', 'cid', 'tid', 'xid', 'xid8')
ORDER BY typname COLLATE "C";

-- name: aggregates
-- Every function of pg_catalog that makes one value of several rows.
SELECT DISTINCT proname
FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace
  AND prokind = 'a'
ORDER BY proname;
