-- What PostgreSQL knows of one view, by its name, beyond its SELECT.

-- name: view
SELECT c.relkind::text AS kind, pg_get_userbyid(c.relowner)::text AS owner,
       coalesce(c.reloptions, '{}') AS options, pg_get_viewdef(c.oid) AS definition,
       obj_description(c.oid, 'pg_class') AS comment,
       ARRAY(
           SELECT concat_ws(' ', s.provider, s.label) FROM pg_seclabel AS s
           WHERE s.objoid = c.oid AND s.classoid = 'pg_class'::regclass ORDER BY 1
       ) AS labels
FROM pg_class AS c
WHERE c.oid = to_regclass(%(name)s);

-- name: columns
SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type,
       col_description(a.attrelid, a.attnum) AS comment,
       pg_get_expr(d.adbin, d.adrelid) AS default
FROM pg_attribute AS a
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = to_regclass(%(name)s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;

-- name: grants
-- The owner's own rights are among them: they can be taken away too.
SELECT coalesce(pg_get_userbyid(nullif(one.grantee, 0)), '')::text AS role,
       one.privilege_type AS privilege, held.column_name, one.is_grantable AS may_grant,
       pg_get_userbyid(one.grantor)::text AS grantor
FROM (
    SELECT NULL::text AS column_name, coalesce(c.relacl, acldefault('r', c.relowner)) AS rights
    FROM pg_class AS c WHERE c.oid = to_regclass(%(name)s)
    UNION ALL
    SELECT a.attname::text, a.attacl
    FROM pg_attribute AS a WHERE a.attrelid = to_regclass(%(name)s) AND NOT a.attisdropped
) AS held
CROSS JOIN LATERAL aclexplode(held.rights) AS one
ORDER BY 1, 2, 3;

-- name: attached
-- Rules (the view's own SELECT is one of them) and triggers.
SELECT 'RULE' AS kind, r.rulename::text AS name, pg_get_ruledef(r.oid) AS definition,
       r.ev_enabled::text AS enabled, obj_description(r.oid, 'pg_rewrite') AS comment
FROM pg_rewrite AS r
WHERE r.ev_class = to_regclass(%(name)s) AND r.rulename <> '_RETURN'
UNION ALL
SELECT 'TRIGGER', t.tgname::text, pg_get_triggerdef(t.oid), t.tgenabled::text,
       obj_description(t.oid, 'pg_trigger')
FROM pg_trigger AS t
WHERE t.tgrelid = to_regclass(%(name)s) AND NOT t.tgisinternal
ORDER BY 1, 2;
