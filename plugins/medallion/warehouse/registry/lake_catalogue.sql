-- The catalogue of Iceberg tables, as pyiceberg and Java keep theirs.

-- name: find
SELECT metadata_location FROM medallion_lake.iceberg_tables
WHERE catalog_name = %(catalog)s AND table_namespace = %(namespace)s AND table_name = %(name)s;

-- name: name_space
-- A namespace is there as soon as it has a property.
INSERT INTO medallion_lake.iceberg_namespace_properties
    (catalog_name, namespace, property_key, property_value)
VALUES (%(catalog)s, %(namespace)s, 'exists', 'true')
ON CONFLICT DO NOTHING;

-- name: swap
-- One row, if it still names the metadata before: of two writers the second one changes none.
INSERT INTO medallion_lake.iceberg_tables AS t
    (catalog_name, table_namespace, table_name, metadata_location, previous_metadata_location,
     iceberg_type)
VALUES (%(catalog)s, %(namespace)s, %(name)s, %(after)s, %(before)s, 'TABLE')
ON CONFLICT (catalog_name, table_namespace, table_name) DO UPDATE
SET metadata_location = excluded.metadata_location,
    previous_metadata_location = excluded.previous_metadata_location
WHERE t.metadata_location IS NOT DISTINCT FROM %(before)s::text;
