"""Which files have been landed and published: the memory of sources that land only new ones.

Only the publication's transaction writes it: the files of a run whose gate failed are new to the
next run.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from medallion.errors import DataRejected
from medallion.names import BRONZE_PART, LOAD_ID, PublishedTable, TableName
from medallion.prose import list_and_count
from medallion.publish.relations import identifier
from medallion.run import Run
from medallion.sources.base.file_memory import FileMemory, KnownFile
from medallion.warehouse.registry.records import SQL
from medallion.warehouse.session.statements import statements

_SHOWN = 5


def memory_of(
    connection: psycopg.Connection, run: Run, table: PublishedTable, *, backfill: bool
) -> FileMemory:
    """What this run must know about files published before it; its own earlier files are marked
    `own`."""
    named = statements(SQL)
    parameters = _parameters(run, table, None)
    rows = connection.execute(named["landed_files"], parameters).fetchall()
    later = connection.execute(named["is_later_published"], parameters).fetchone()
    return FileMemory(
        known={
            name: KnownFile(bytes=size, sha256=sha256, state=state, own=own)
            for name, size, sha256, state, own in rows
        },
        takes_new=not backfill and not (later and later[0]),
    )


def keep(
    connection: psycopg.Connection,
    run: Run,
    table: PublishedTable,
    *,
    load_id: int | None,
    version: int,
    appends: bool,
) -> None:
    """Record a landing's files in the transaction that publishes their rows.

    With `append`, rows that another run brought from the very same file are deleted: two runs at
    once landed it, or an operator asked for all files again.

    Raises:
        DataRejected: an earlier run of this interval published files that this landing lacks: their
            rows would be lost.
    """
    if load_id is None:
        return
    named, parameters = statements(SQL), _parameters(run, table, load_id)
    row = connection.execute(named["lands_only_new"], parameters).fetchone()
    if appends and row and row[0]:
        _check_nothing_is_lost(connection, table, parameters)
        _check_nothing_is_doubled(connection, table, parameters, version)
    connection.execute(named["remember_files"], parameters)


def has_nothing_new(connection: psycopg.Connection, run: Run, table: PublishedTable) -> bool:
    """Whether the run's landing is complete and empty because every file was known."""
    parameters = {**run.ids(), "dataset": table.name}
    row = connection.execute(statements(SQL)["has_nothing_new"], parameters).fetchone()
    return bool(row and row[0])


def _check_nothing_is_lost(
    connection: psycopg.Connection, table: PublishedTable, parameters: dict[str, object]
) -> None:
    rows = connection.execute(statements(SQL)["files_left_out"], parameters).fetchall()
    if not rows:
        return
    names = [row[0] for row in rows]
    raise DataRejected(
        f"{table.public}: the rows of {list_and_count(names, _SHOWN)} were published for this "
        "data interval, and this run has not landed them: they would be gone",
        remedy=f"put the files back where they were and clear {table.name}.land and what follows; "
        "their bytes are in the lake, see medallion.row_lineage. The published table is untouched",
    )


def _check_nothing_is_doubled(
    connection: psycopg.Connection,
    table: PublishedTable,
    parameters: dict[str, object],
    version: int,
) -> None:
    rows = connection.execute(statements(SQL)["files_of_others"], parameters).fetchall()
    if not rows:
        return
    which = {"loads": [row[0] for row in rows], "parts": [row[1] for row in rows]}
    for relation in (table.version(version), table.quarantine):
        connection.execute(_forget(relation), which)


def _forget(relation: TableName) -> sql.Composed:
    return statements(SQL)["delete_rows"].format(
        table=identifier(relation),
        load_id=sql.Identifier(LOAD_ID),
        part=sql.Identifier(BRONZE_PART),
    )


def _parameters(run: Run, table: PublishedTable, load_id: int | None) -> dict[str, object]:
    return {
        "domain": table.domain,
        "dataset": table.name,
        "layer": str(table.layer),
        **run.ids(),
        "interval_end": run.interval_end,
        "load_id": load_id,
    }
