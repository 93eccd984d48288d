"""Quarantine: rows that did not pass, kept with their reasons, their run and their bronze part.

A row is open until its own run publishes again without it among the rejects. Then it stays as
history, with the publication by which it left. So a row is never both open and published.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from medallion.names import Layer, PublishedTable, TableName
from medallion.publish.relations import identifier
from medallion.run import Run
from medallion.warehouse.registry.figures import keep_open_rows
from medallion.warehouse.session.relations import columns_of

_CREATE = """
CREATE TABLE IF NOT EXISTS {table} (
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
    quarantined_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    replayed_at timestamptz,
    replayed_by bigint
);
CREATE INDEX ON {table} (dag_id, run_id) WHERE replayed_at IS NULL
"""

_LEAVE = """
UPDATE {table} AS q SET replayed_at = clock_timestamp(), replayed_by = %(publication_id)s
WHERE q.dag_id = %(dag_id)s AND q.run_id = %(run_id)s AND q.replayed_at IS NULL
"""

# A line that is not a record has no number: its line's number, below 0, tells it from the others.
_NOT_AGAIN = """
AND NOT EXISTS (
    SELECT FROM {rejects} AS r
    WHERE r._bronze_part = q._bronze_part
      AND coalesce(r._bronze_record, -(r.record->>'_line')::bigint, 0)
        = coalesce(q._bronze_record, -(q.record->>'_line')::bigint, 0)
)
"""

_FORGET = """
DELETE FROM {table}
WHERE dag_id = %(dag_id)s AND run_id = %(run_id)s AND replayed_at IS NULL
"""

_COPY = """
INSERT INTO {table} (dag_id, run_id, data_interval_start, data_interval_end, stage, reasons, record,
                     _load_id, _bronze_part, _bronze_record)
SELECT %(dag_id)s, %(run_id)s, %(interval_start)s, %(interval_end)s, stage, reasons, record,
       _load_id, _bronze_part, _bronze_record
FROM {rejects}
"""


def keep(
    connection: psycopg.Connection,
    run: Run,
    table: PublishedTable,
    rejects: TableName,
    publication_id: int,
) -> None:
    """Commit a run's rejects to quarantine with its publication.

    Rows that an earlier publication of the same run has left here and that are not among them any
    more leave it; the others take their new reasons. Of gold, whose rows come from no one record,
    those of the earlier publication go.
    """
    words = {"table": identifier(table.quarantine), "rejects": identifier(rejects)}
    values = {
        "dag_id": run.dag_id,
        "run_id": run.run_id,
        "interval_start": run.interval_start,
        "interval_end": run.interval_end,
        "publication_id": publication_id,
    }
    is_there = bool(columns_of(connection, table.quarantine))
    if not is_there:
        connection.execute(sql.SQL(_CREATE).format(**words))
    again = bool(columns_of(connection, rejects))
    if is_there and table.layer is Layer.SILVER:
        leave = _LEAVE + _NOT_AGAIN if again else _LEAVE
        connection.execute(sql.SQL(leave).format(**words), values)
    if is_there:
        connection.execute(sql.SQL(_FORGET).format(**words), values)
    if again:
        connection.execute(sql.SQL(_COPY).format(**words), values)
        connection.execute(sql.SQL("DROP TABLE {}").format(identifier(rejects)))
    keep_open_rows(connection, table)
