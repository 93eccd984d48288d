-- Which runs are of a backfill, and what people do to a pipeline rather than to one of its tables.

ALTER TABLE medallion.task_runs ADD COLUMN is_backfill boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN medallion.task_runs.is_backfill IS
    'Its run is of a backfill. One that a backfill runs again keeps its id: scheduled__…';
UPDATE medallion.task_runs SET is_backfill = true WHERE run_id LIKE 'backfill\_\_%';
DROP INDEX medallion.task_runs_backfill;
CREATE INDEX task_runs_backfill ON medallion.task_runs (finished_at) WHERE is_backfill;

ALTER TABLE medallion.operator_actions
    ADD COLUMN dag_id text,
    ALTER COLUMN layer DROP NOT NULL,
    ALTER COLUMN table_name DROP NOT NULL,
    ADD CONSTRAINT operator_actions_of_one
        CHECK ((dag_id IS NULL) = (table_name IS NOT NULL AND layer IS NOT NULL));
CREATE INDEX operator_actions_pipeline
    ON medallion.operator_actions (dag_id, action_id DESC) WHERE dag_id IS NOT NULL;
COMMENT ON COLUMN medallion.operator_actions.dag_id IS
    'Of what was done to a pipeline (a backfill); NULL: it was done to one table.';
