"""Quarantine: rows that did not pass, kept with their reasons, their run and their bronze part."""

from __future__ import annotations

import psycopg
from psycopg import sql

from medallion.names import PublishedTable, TableName
from medallion.publish.relations import identifier
from medallion.warehouse.registry import RunRef
from medallion.warehouse.relations import columns_of

_CREATE = """
CREATE TABLE IF NOT EXISTS {} (
    quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id text NOT NULL,
    run_id text NOT NULL,
    data_interval_start timestamptz NOT NULL,
    data_interval_end timestamptz NOT NULL,
    stage text NOT NULL,
    reasons text[] NOT NULL,
    record jsonb NOT NULL,
    _load_id bigint,
    _bronze_part integer,
    _bronze_record bigint,
    quarantined_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""

_COPY = """
INSERT INTO {} (dag_id, run_id, data_interval_start, data_interval_end, stage, reasons, record,
                _load_id, _bronze_part, _bronze_record)
SELECT %s, %s, %s, %s, stage, reasons, record, _load_id, _bronze_part, _bronze_record FROM {}
"""


def keep(
    connection: psycopg.Connection, run: RunRef, table: PublishedTable, rejects: TableName
) -> None:
    """Commit a run's rejects to quarantine, in place of what an earlier publication of it left."""
    target = identifier(table.quarantine)
    connection.execute(sql.SQL(_CREATE).format(target))
    connection.execute(
        sql.SQL("DELETE FROM {} WHERE dag_id = %s AND run_id = %s").format(target),
        [run.dag_id, run.run_id],
    )
    if not columns_of(connection, rejects):
        return
    connection.execute(
        sql.SQL(_COPY).format(target, identifier(rejects)),
        [run.dag_id, run.run_id, run.interval_start, run.interval_end],
    )
    connection.execute(sql.SQL("DROP TABLE {}").format(identifier(rejects)))
