-- works from: 26
-- Which older Medallion may work with a newer registry: so a release is taken back without a restore.

ALTER TABLE medallion.registry_version ADD COLUMN works_from integer;
COMMENT ON COLUMN medallion.registry_version.works_from IS
    'The oldest version of the registry whose Medallion may work with one that has this migration. '
    'NULL: only a Medallion that knows it.';
