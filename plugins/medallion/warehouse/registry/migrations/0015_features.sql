-- Gold tables that are feature views, so that a reader can ask for them without the specs.

CREATE TABLE medallion.feature_views (
    domain text NOT NULL,
    table_name text NOT NULL,
    dag_id text NOT NULL REFERENCES medallion.declared_pipelines ON DELETE CASCADE,
    entity text[] NOT NULL,
    event_time text NOT NULL,
    ttl interval,
    protected text[] NOT NULL,
    PRIMARY KEY (domain, table_name)
);
CREATE INDEX feature_views_pipeline ON medallion.feature_views (dag_id);
COMMENT ON TABLE medallion.feature_views IS
    'Each gold table that its spec declares to be a feature view: whose features its rows have '
    '(entity), since when they hold (event_time), and how long (ttl; NULL: until the next row).';

CREATE VIEW medallion_client.feature_views WITH (security_barrier) AS
SELECT f.domain, f.table_name, f.entity, f.event_time,
       (extract(epoch FROM f.ttl) * 1000000)::bigint AS ttl_microseconds,
       ARRAY(
           SELECT a.attname::text FROM pg_attribute AS a
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             AND a.attname <> ALL (f.entity || f.protected || f.event_time)
             AND a.attname !~ '^_'
           ORDER BY a.attnum
       ) AS features
FROM medallion.feature_views AS f
JOIN pg_namespace AS n ON n.nspname = 'gold_' || f.domain
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = f.table_name
WHERE has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT');
COMMENT ON VIEW medallion_client.feature_views IS
    'The feature views that one may read, with the columns that are features.';
GRANT SELECT ON medallion_client.feature_views TO PUBLIC;
