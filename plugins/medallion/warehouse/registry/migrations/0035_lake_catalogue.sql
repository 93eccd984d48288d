-- works from: 31
-- Which metadata file of each Iceberg table is the newest: a SQL catalogue as pyiceberg's and Java's,
-- in a schema of its own, so that whoever reads the lake may read it and nothing else of the
-- warehouse. The names of its tables and columns are theirs.

CREATE SCHEMA medallion_lake;
COMMENT ON SCHEMA medallion_lake IS
    'The catalogue `medallion` of Iceberg tables. Readers of the lake need USAGE on it and SELECT on '
    'its tables; nobody but the loader writes.';

CREATE TABLE medallion_lake.iceberg_tables (
    catalog_name varchar(255) NOT NULL,
    table_namespace varchar(255) NOT NULL,
    table_name varchar(255) NOT NULL,
    metadata_location text,
    previous_metadata_location text,
    iceberg_type varchar(5),
    PRIMARY KEY (catalog_name, table_namespace, table_name)
);

CREATE TABLE medallion_lake.iceberg_namespace_properties (
    catalog_name varchar(255) NOT NULL,
    namespace varchar(255) NOT NULL,
    property_key varchar(255) NOT NULL,
    property_value varchar(1000) NOT NULL,
    PRIMARY KEY (catalog_name, namespace, property_key)
);
