"""How each write disposition brings the staged rows into a version: within the publication's own
transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import psycopg
from psycopg import sql

from medallion.errors import WarehouseRefused
from medallion.names import PROVENANCE_COLUMNS, PublishedTable, TableName
from medallion.plan.model import PublishStep
from medallion.publish import append, deletions, merge, scd2
from medallion.publish import replace as replacement
from medallion.publish.declaration import MissingKeys, WriteDisposition
from medallion.publish.relations import VERSION, carry_over, forget_plans, identifier, parent_of
from medallion.steps.context import StepContext
from medallion.steps.publish.guards import refuse_to_shrink
from medallion.warehouse.quarantine.rejects import has_unread_records
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.records import Publication
from medallion.warehouse.session.relations import columns_of, indexes_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a disposition has done.

    `published` counts the staged rows that readers get; the others were superseded by newer ones.
    `whole`: the run has said of every key whether it is there.
    """

    version: int
    published: int
    deleted: int = 0
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedRows:
    """The rows that wait to be published, and what they are published on top of."""

    step: PublishStep
    context: StepContext
    columns: tuple[str, ...]
    rows: int
    current: Publication | None
    rebuilt: bool = False
    """Whether the table has another shape than its current version: its rows are carried over."""

    @property
    def table(self) -> PublishedTable:
        """The table that they are published as."""
        return self.step.table

    @property
    def staging(self) -> TableName:
        """The table that they are in."""
        return self.table.staging(self.context.run_key)

    @property
    def interval_end(self) -> datetime:
        """What they are the state at."""
        return self.context.interval_end


def write(connection: psycopg.Connection, staged: StagedRows) -> Written:
    """Bring staged rows into a version; the caller commits.

    Raises:
        WarehouseRefused: a history cannot be made of what is published.
    """
    return _DISPOSITIONS[staged.step.write_disposition](connection, staged)


def _replace(connection: psycopg.Connection, staged: StagedRows) -> Written:
    version = registry.next_version(connection, staged.table)
    statements = replacement.publish(
        staged.table,
        staged.staging,
        version,
        indexes=indexes_of(connection, staged.staging),
        interval_end=staged.interval_end,
    )
    for statement in statements:
        connection.execute(statement)
    return Written(version=version, published=staged.rows, whole=True)


def _merge(connection: psycopg.Connection, staged: StagedRows) -> Written:
    """Rows that are new or newer; and keys that a whole extract no longer has."""
    version = _own_version(
        connection, staged, merge.create_version, one_of_each=staged.step.primary_key
    )
    missing = staged.step.missing_keys
    written = (
        _upsert(connection, staged, version)
        if missing is MissingKeys.KEEP
        else _whole_merge(connection, staged, version, soft=missing is MissingKeys.SOFT_DELETE)
    )
    _drop(connection, staged.staging)
    return written


def _upsert(
    connection: psycopg.Connection, staged: StagedRows, version: int, *, revive: bool = False
) -> Written:
    statement = merge.upsert(
        staged.table,
        staged.staging,
        version,
        columns=staged.columns,
        primary_key=staged.step.primary_key,
        interval_end=staged.interval_end,
        revive=revive,
    )
    return Written(version=version, published=connection.execute(statement).rowcount)


def _whole_merge(
    connection: psycopg.Connection, staged: StagedRows, version: int, *, soft: bool
) -> Written:
    """The same, and a key that is not staged was deleted.

    Where the key of some record could not be read, nobody can tell what is missing: then the run
    deletes nothing, and says so.
    """
    table, end = staged.table, staged.interval_end
    rejects = table.rejects(staged.context.run_key)
    whole = not has_unread_records(connection, rejects)
    if not whole:
        staged.context.log.warning(
            "%s: records were quarantined before their keys were known: no row is deleted by this "
            "run, for any could be theirs",
            table.public,
        )
    words = deletions.Words(
        table=table,
        version=version,
        staging=staged.staging,
        rejects=rejects if columns_of(connection, rejects) else None,
        primary_key=staged.step.primary_key,
        interval_end=end,
    )
    later = registry.next_interval_end(connection, table, version, end, whole=True)
    if later and not soft:
        # What that later extract did not have is deleted already: there is nothing to add.
        return Written(version=version, published=0, whole=whole)
    if whole:
        before, gone = _row(connection, deletions.count_missing(words, marked=soft))
        refuse_to_shrink(staged.step, before, before - gone)
    written = _upsert(connection, staged, version, revive=soft)
    if later:
        connection.execute(deletions.gone_later(words, later))
    if not whole:
        return written
    statement = deletions.soft_delete(words) if soft else deletions.hard_delete(words)
    return replace(written, deleted=connection.execute(statement).rowcount, whole=True)


def _append(connection: psycopg.Connection, staged: StagedRows) -> Written:
    """The rows of this interval, in place of those of an earlier run of it."""
    table, end = staged.table, staged.interval_end
    version = _own_version(connection, staged, append.create_version)
    connection.execute(append.forget_interval(table, version, end))
    cursor = connection.execute(
        append.insert(table, staged.staging, version, columns=staged.columns, interval_end=end)
    )
    _drop(connection, staged.staging)
    return Written(version=version, published=cursor.rowcount)


def _scd2(connection: psycopg.Connection, staged: StagedRows) -> Written:
    """The history; every row of this run is in it."""
    table, moment, current = staged.table, staged.interval_end, staged.current
    if current and current.write_disposition != str(WriteDisposition.SCD2):
        raise WarehouseRefused(
            f"{table.public} was published by {current.write_disposition}: no history can be "
            "made of it",
            remedy="publish the history under another name, beside it",
        )
    version = _own_version(connection, staged, scd2.create_version)
    statements = scd2.settle(
        table,
        staged.staging,
        version,
        columns=[name for name in staged.columns if name not in PROVENANCE_COLUMNS],
        primary_key=staged.step.primary_key,
        moment=moment,
        until=registry.next_interval_end(connection, table, version, moment),
    )
    for statement in statements:
        connection.execute(statement)
    _drop(connection, staged.staging)
    return Written(version=version, published=staged.rows, whole=True)


_DISPOSITIONS: Mapping[WriteDisposition, Callable[[psycopg.Connection, StagedRows], Written]] = {
    WriteDisposition.REPLACE: _replace,
    WriteDisposition.MERGE: _merge,
    WriteDisposition.APPEND: _append,
    WriteDisposition.SCD2: _scd2,
}


def _own_version(
    connection: psycopg.Connection,
    staged: StagedRows,
    create: Callable[[PublishedTable, int, Sequence[str]], Sequence[sql.Composed]],
    *,
    one_of_each: Sequence[str] = (),
) -> int:
    """The version to write into. Where the spec has changed the write disposition it is a new
    one that starts with the rows of the former; the former stays, to go back to.
    """
    table, step, current = staged.table, staged.step, staged.current
    same = current and current.write_disposition == str(step.write_disposition)
    if current and same and not staged.rebuilt:
        return current.version
    version = registry.next_version(connection, table)
    for statement in create(table, version, step.primary_key):
        connection.execute(statement)
    if current:
        former = {c.name for c in columns_of(connection, table.version(current.version))}
        stored = [c for c in columns_of(connection, parent_of(table)) if c.name != VERSION]
        kept = [column for column in stored if column.name in former]
        connection.execute(
            carry_over(table, current.version, version, columns=kept, one_of_each=one_of_each)
        )
        connection.execute(forget_plans(table))
    return version


def _row(connection: psycopg.Connection, query: sql.Composed) -> tuple[int, int]:
    row = connection.execute(query).fetchone()
    assert row is not None  # noqa: S101  # count(*) gives one row
    return int(row[0]), int(row[1])


def _drop(connection: psycopg.Connection, staging: TableName) -> None:
    connection.execute(sql.SQL("DROP TABLE {}").format(identifier(staging)))
