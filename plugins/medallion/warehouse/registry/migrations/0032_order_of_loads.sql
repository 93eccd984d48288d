-- works from: 31
-- Which load says that a key is deleted: two loads may have one data interval. Before this it was only
-- known of which interval.
ALTER TABLE medallion.deleted_keys ADD COLUMN load_id bigint;
COMMENT ON COLUMN medallion.deleted_keys.load_id IS
    'The landing whose row says so; NULL: it was not kept yet.';

-- Loads of later intervals than a run's: each publication of a merged table asks for them.
CREATE INDEX loads_intervals ON medallion.loads (domain, dataset, data_interval_end);
