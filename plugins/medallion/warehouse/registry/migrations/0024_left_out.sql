-- Records of landings that somebody has dropped from quarantine: they stay out when the rest is replayed.

CREATE TABLE medallion.dropped_records (
    load_id bigint NOT NULL REFERENCES medallion.loads ON DELETE CASCADE,
    landing text NOT NULL,
    bronze_part integer NOT NULL,
    bronze_record bigint NOT NULL,
    dropped_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (load_id, landing, bronze_part, bronze_record)
);
COMMENT ON TABLE medallion.dropped_records IS
    'Which records of a landing a person has dropped from quarantine, without their values: a later '
    'cleaning of the same landing leaves them out. landing: its manifest. bronze_record: the number '
    'of the record in its part; of a line that is not a record, its number below 0. They go with '
    'their landing.';

-- As of the other tables of the registry: an environment's role writes its own rows.
ALTER TABLE medallion.dropped_records ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON medallion.dropped_records FOR SELECT USING (true);
CREATE POLICY own_rows ON medallion.dropped_records
    USING (medallion.is_own((SELECT l.domain FROM medallion.loads AS l
                             WHERE l.load_id = dropped_records.load_id)))
    WITH CHECK (medallion.is_own((SELECT l.domain FROM medallion.loads AS l
                                  WHERE l.load_id = dropped_records.load_id)));

-- Which landings were published: the ledger does not keep their publications for ever.
ALTER TABLE medallion.loads ADD COLUMN published_at timestamptz;
COMMENT ON COLUMN medallion.loads.published_at IS
    'When rows of the landing were published first; NULL: they were not, or their publication was no '
    'longer in the ledger when this was added.';
UPDATE medallion.loads AS l SET published_at = p.first
FROM (SELECT load_id, min(published_at) AS first FROM medallion.publications GROUP BY 1) AS p
WHERE p.load_id = l.load_id;
