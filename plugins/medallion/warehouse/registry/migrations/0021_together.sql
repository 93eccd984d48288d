-- Tables that readers see change at the same moment.

ALTER TABLE medallion.publications ADD COLUMN together_id bigint;
COMMENT ON COLUMN medallion.publications.together_id IS
    'The same number in all publications of one transaction (publish_together): that of the first '
    'of them. NULL: the table was published by itself.';
CREATE INDEX publications_together ON medallion.publications (together_id)
    WHERE together_id IS NOT NULL;
