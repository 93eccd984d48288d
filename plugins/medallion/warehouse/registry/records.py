"""The registry: the schema `medallion`, where every load, task, check and publication is kept.

Functions take an open connection and write in its transaction; the caller commits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from medallion.errors import LakeError
from medallion.lake.manifest import Manifest
from medallion.names import Layer, PublishedTable, TableName
from medallion.run import Run
from medallion.warehouse.registry import figures
from medallion.warehouse.session.json_values import as_json
from medallion.warehouse.session.migrate import list_released, migrate
from medallion.warehouse.session.statements import statements

SQL = "registry/registry.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A complete landing: its manifest is written."""

    load_id: int
    manifest_uri: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """The latest try of one task: its rows, its duration, its end. Times in UTC."""

    task_id: str
    try_number: int
    step: str
    status: str
    started_at: datetime
    finished_at: datetime
    rows_in: int | None = None
    rows_out: int | None = None
    rows_quarantined: int | None = None
    rows_deduplicated: int | None = None
    rows_discarded: int | None = None
    reference: str | None = None
    details: Mapping[str, object] | None = field(default_factory=dict)
    error: str | None = None
    log_url: str | None = None
    is_backfill: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One row of medallion.publications, as far as publishing needs it."""

    publication_id: int
    version: int
    physical_table: str
    write_disposition: str
    rows_total: int
    dag_id: str
    run_id: str
    data_interval_end: datetime
    as_of: datetime
    published_at: datetime
    is_current: bool
    version_kept: bool
    rows_read: int
    rows_published: int
    rows_quarantined: int
    rows_deduplicated: int
    rows_discarded: int
    rows_deleted: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPublication:
    """What a run adds to medallion.publications. Gold has no `load_id`. `is_whole`: the run says of
    every key whether it exists."""

    version: int
    physical_table: str
    write_disposition: str
    load_id: int | None
    rows_read: int
    rows_published: int
    rows_quarantined: int
    rows_deduplicated: int
    rows_discarded: int
    rows_deleted: int
    rows_total: int
    digest: str
    as_of: datetime
    is_current: bool
    is_whole: bool
    spec_commit: str | None = None
    """That the project was checked out at, where that is known."""
    fingerprint: str = ""
    """Of the plan, for who asks whether another plan would make the same rows."""
    source_fingerprint: str = ""


def ensure(connection: psycopg.Connection) -> None:
    """Create the registry where it is missing, upgrade it where it is older.

    Two cheap questions when there is nothing to do. In the caller's transaction.

    Raises:
        SetupError: a newer Medallion has been here.
    """
    migrate(connection, list_released())


def open_load(connection: psycopg.Connection, run: Run, table: PublishedTable) -> int:
    """The id of the load that a run makes of a dataset. Each try of the run gets the same id."""
    parameters = {**asdict(run), "domain": table.domain, "dataset": table.name}
    row = connection.execute(statements(SQL)["open_load"], parameters).fetchone()
    assert row is not None  # noqa: S101  # INSERT … RETURNING returns one row
    return int(row[0])


def close_load(connection: psycopg.Connection, manifest: Manifest) -> None:
    """Record that a landing is complete, with its parts. Called after the manifest is written: a
    load without this row is not read by any step."""
    sql = statements(SQL)
    connection.execute(
        sql["close_load"],
        {
            "load_id": manifest.load_id,
            "uri": manifest.uri,
            "source": Jsonb(dict(manifest.source)),
            "notes": Jsonb(dict(manifest.notes), dumps=as_json),
            "records": manifest.records,
            "bytes": manifest.bytes,
            "extracted_at": manifest.extracted_at,
        },
    )
    connection.execute(sql["forget_parts"], {"load_id": manifest.load_id})
    with connection.cursor() as cursor:
        cursor.executemany(
            sql["add_part"],
            [
                {
                    "load_id": manifest.load_id,
                    "part_no": number,
                    "uri": f"{manifest.uri}/{part.name}",
                    "sha256": part.sha256,
                    "bytes": part.bytes,
                    "records": part.records,
                    "file": part.file or None,
                    "file_state": part.file_state or None,
                }
                for number, part in enumerate(manifest.parts)
            ],
        )
    figures.keep_lake_bytes(connection, manifest.load_id)


def load_of(connection: psycopg.Connection, run: Run, table: PublishedTable) -> Load:
    """The landing that a run made of a dataset.

    Raises:
        LakeError: there is none, or its files were deleted when its retention ended.
    """
    parameters = {"dag_id": run.dag_id, "run_id": run.run_id, "dataset": table.name}
    row = connection.execute(statements(SQL)["load_of"], parameters).fetchone()
    if row is None or row[1] is None:
        raise LakeError(
            f"the run {run.run_id} of {run.dag_id} has no landing of {table.name}",
            remedy=f"clear the task {table.name}.land: it extracts again",
        )
    if row[2] is not None:
        raise LakeError(
            f"the landing of {table.name} by {run.run_id} was deleted by its retention on "
            f"{row[2]:%Y-%m-%d}",
            remedy=f"clear the task {table.name}.land, if the source still has the data",
        )
    return Load(load_id=row[0], manifest_uri=row[1])


def record_task(connection: psycopg.Connection, run: Run, record: TaskRecord) -> None:
    """Record a task's latest try; an earlier try of the task in this run is replaced."""
    parameters = asdict(record) | {"dag_id": run.dag_id, "run_id": run.run_id}
    parameters["details"] = Jsonb(dict(record.details or {}), dumps=as_json)
    connection.execute(statements(SQL)["record_task"], parameters)
    seconds = (record.finished_at - record.started_at).total_seconds()
    figures.count_task(connection, run, record.step, record.status, seconds)


def task_record(connection: psycopg.Connection, run: Run, task_id: str) -> TaskRecord | None:
    """The record of a task that succeeded in this run; None if it has not, or not yet."""
    parameters = {"dag_id": run.dag_id, "run_id": run.run_id, "task_id": task_id}
    with connection.cursor(row_factory=class_row(TaskRecord)) as cursor:
        return cursor.execute(statements(SQL)["task_record"], parameters).fetchone()


def task_records(connection: psycopg.Connection, dag_id: str, run_id: str) -> list[TaskRecord]:
    """The records of a run's tasks that have ended, in the order of their ends."""
    with connection.cursor(row_factory=class_row(TaskRecord)) as cursor:
        parameters = {"dag_id": dag_id, "run_id": run_id}
        return cursor.execute(statements(SQL)["task_records"], parameters).fetchall()


def current(connection: psycopg.Connection, table: PublishedTable) -> Publication | None:
    """The publication that readers see now; None if the table was never published."""
    with connection.cursor(row_factory=class_row(Publication)) as cursor:
        return cursor.execute(statements(SQL)["current"], table.key()).fetchone()


def publication(connection: psycopg.Connection, publication_id: int) -> Publication:
    """One that the registry has."""
    with connection.cursor(row_factory=class_row(Publication)) as cursor:
        parameters = {"publication_id": publication_id}
        found = cursor.execute(statements(SQL)["publication"], parameters).fetchone()
    assert found is not None  # noqa: S101  # whoever asks has its number from the registry
    return found


def publication_of_run(
    connection: psycopg.Connection, run: Run, table: PublishedTable
) -> Publication | None:
    """The latest that a run has made of a table; None: it has made none."""
    with connection.cursor(row_factory=class_row(Publication)) as cursor:
        parameters = {**table.key(), "dag_id": run.dag_id, "run_id": run.run_id}
        return cursor.execute(statements(SQL)["publication_of_run"], parameters).fetchone()


def history(connection: psycopg.Connection, table: PublishedTable) -> list[Publication]:
    """Every publication of a table, the latest first, with those whose version has been dropped."""
    with connection.cursor(row_factory=class_row(Publication)) as cursor:
        return cursor.execute(statements(SQL)["history"], table.key()).fetchall()


def list_with_version(connection: psycopg.Connection, table: PublishedTable) -> list[Publication]:
    """Those of its publications whose version has not been dropped, the latest first."""
    with connection.cursor(row_factory=class_row(Publication)) as cursor:
        return cursor.execute(statements(SQL)["with_version"], table.key()).fetchall()


def former(
    connection: psycopg.Connection, table: PublishedTable, publication: Publication
) -> Publication | None:
    """What readers saw before a publication; None where it was the first."""
    parameters = {**table.key(), "publication_id": publication.publication_id}
    with connection.cursor(row_factory=class_row(Publication)) as cursor:
        return cursor.execute(statements(SQL)["former"], parameters).fetchone()


def next_version(connection: psycopg.Connection, table: PublishedTable) -> int:
    """One more than the highest version the table ever had: no number is used twice."""
    row = connection.execute(statements(SQL)["last_version"], table.key()).fetchone()
    return int(row[0]) + 1 if row else 1


def next_interval_end(
    connection: psycopg.Connection,
    table: PublishedTable,
    version: int,
    after: datetime,
    *,
    whole: bool = False,
) -> datetime | None:
    """The end of the first later data interval that was published into a version.

    Args:
        whole: only intervals for which every key is known.
    """
    parameters = {**table.key(), "version": version, "after": after, "whole": whole}
    row = connection.execute(statements(SQL)["next_interval_end"], parameters).fetchone()
    return row[0] if row else None


def make_current(
    connection: psycopg.Connection, table: PublishedTable, publication: Publication
) -> None:
    """Show readers an earlier publication whose version is still there. The caller holds the
    table's lock."""
    sql = statements(SQL)
    connection.execute(sql["retire_current"], table.key())
    connection.execute(sql["make_current"], {"publication_id": publication.publication_id})
    connection.execute(sql["point_to_version"], {**table.key(), "version": publication.version})
    shown = {**table.key(), "publication_id": publication.publication_id}
    connection.execute(sql["record_shown"], shown)


def take_rows_off(
    connection: psycopg.Connection, table: PublishedTable, version: int, rows: int
) -> None:
    """Record that a version has so many rows fewer, without a publication. The caller holds the
    table's lock."""
    asked = {**table.key(), "version": version, "rows": rows}
    connection.execute(statements(SQL)["take_rows_off"], asked)


def add_publication(
    connection: psycopg.Connection, run: Run, table: PublishedTable, new: NewPublication
) -> int:
    """Record a publication and, if it `is_current`, show readers its version; its id. The caller
    holds the table's lock."""
    sql = statements(SQL)
    if new.is_current:
        connection.execute(sql["retire_current"], table.key())
        connection.execute(sql["point_to_version"], {**table.key(), "version": new.version})
    values = {**asdict(run), **table.key(), **asdict(new)}
    row = connection.execute(sql["add_publication"], values).fetchone()
    if new.load_id is not None:
        connection.execute(sql["mark_published"], values)
    figures.count_publication(connection, values)
    assert row is not None  # noqa: S101  # INSERT … RETURNING returns one row
    if new.is_current:
        shown = {**table.key(), "publication_id": row[0]}
        connection.execute(sql["record_shown"], shown)
    return int(row[0])


def keep_together(connection: psycopg.Connection, ids: Sequence[int]) -> None:
    """Record that publications of this transaction belong together: a rollback takes all of them
    back."""
    connection.execute(statements(SQL)["keep_together"], {"first": min(ids), "ids": list(ids)})


def together_with(
    connection: psycopg.Connection, publication_id: int
) -> Mapping[PublishedTable, Publication]:
    """The publications of other tables that readers saw at the same moment, by table."""
    asked = {"publication_id": publication_id}
    rows = connection.execute(statements(SQL)["together"], asked).fetchall()
    return {
        PublishedTable(layer=Layer(layer), domain=domain, name=name): publication(connection, other)
        for layer, domain, name, other in rows
    }


def is_seen_by_nobody(connection: psycopg.Connection, table: PublishedTable, version: int) -> bool:
    """Whether no open transaction has a snapshot from when the version was current.

    Only a role with pg_read_all_stats sees the snapshots of other roles.
    """
    parameters = {**table.key(), "version": version}
    row = connection.execute(statements(SQL)["seen_by_nobody"], parameters).fetchone()
    return bool(row and row[0])


def forget_version(connection: psycopg.Connection, table: PublishedTable, version: int) -> None:
    """Record that a version's table has been dropped."""
    connection.execute(statements(SQL)["forget_version"], {**table.key(), "version": version})


def forget_versions(connection: psycopg.Connection, table: PublishedTable) -> None:
    """Record that all earlier versions that nobody has pinned have been dropped: a breaking change
    was published."""
    connection.execute(statements(SQL)["forget_versions"], table.key())


def keep_inputs(
    connection: psycopg.Connection, run: Run, table: PublishedTable, inputs: Sequence[TableName]
) -> None:
    """Record which tables a gold table reads, so that a change of one of them can name its
    readers."""
    sql = statements(SQL)
    connection.execute(sql["forget_inputs"], table.key())
    with connection.cursor() as cursor:
        rows = [{**table.key(), "input": str(name), "dag_id": run.dag_id} for name in inputs]
        cursor.executemany(sql["add_input"], rows)


def readers_of(connection: psycopg.Connection, table: PublishedTable) -> list[str]:
    """The gold tables that read this one, each with its DAG, for messages."""
    rows = connection.execute(statements(SQL)["readers_of"], {"input": str(table.public)})
    return [row[0] for row in rows.fetchall()]
