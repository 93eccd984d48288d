"""What a run has made of a table, for a person who looks before anything is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from medallion.names import BRONZE_PART, BRONZE_RECORD, PublishedTable, TableName
from medallion.publish.masked_view import select_masked
from medallion.publish.read_mask import ReadMask
from medallion.publish.relations import Column, identifier
from medallion.run import Run
from medallion.warehouse.quarantine.report import ReasonCount, reason_kind
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements

SQL = "tables/run_results.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One check of a gate, in the spec's own words. `observed` is what a check on the whole table
    saw; `rows_checked` and `rows_failed` are None for it.
    """

    check_id: str
    layer: str
    name: str
    status: str
    on_failure: str
    rows_checked: int | None
    rows_failed: int | None
    observed: object
    examples: list[object]
    description: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The first rows of a table, without Medallion's own columns, in the order of their records."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]
    total: int


def sample(
    connection: psycopg.Connection,
    table: TableName,
    most: int,
    masks: Sequence[ReadMask] = (),
) -> Sample | None:
    """The first rows of a table, or a staged one; None where there is no such table.

    Args:
        masks: columns that readers get masked: so does whoever looks at the sample.
    """
    every = columns_of(connection, table)
    if not every:
        return None
    names = [column.name for column in every]
    shown = tuple(column for column in every if not column.name.startswith("_"))
    ordered = [name for name in (BRONZE_PART, BRONZE_RECORD) if name in names] or names[:1]
    words = {
        "table": identifier(table),
        "columns": select_masked(shown, [replace(mask, roles=()) for mask in masks]),
        "order": sql.SQL(", ").join(sql.Identifier("t", name) for name in ordered),
        "most": sql.Literal(most),
    }
    rows = connection.execute(statements(SQL)["sample"].format(**words)).fetchall()
    counted = connection.execute(statements(SQL)["count"].format(**words)).fetchone()
    return Sample(columns=shown, rows=tuple(rows), total=counted[0] if counted else 0)


def reasons(connection: psycopg.Connection, table: TableName, most: int) -> tuple[ReasonCount, ...]:
    """Why rows are in a table of rejects or in quarantine, the commonest reason first."""
    if not columns_of(connection, table):
        return ()
    query = statements(SQL)["reasons"].format(
        table=identifier(table), reason_kind=reason_kind(), most=sql.Literal(most)
    )
    with connection.cursor(row_factory=class_row(ReasonCount)) as cursor:
        return tuple(cursor.execute(query).fetchall())


def verdicts(
    connection: psycopg.Connection, run: Run, table: PublishedTable
) -> tuple[Verdict, ...]:
    """What the gates of a table have found in a run: bronze before silver, failures first."""
    asked = {
        "dag_id": run.dag_id,
        "run_id": run.run_id,
        "domain": table.domain,
        "table_name": table.name,
        "layers": list(table.gated_layers),
    }
    with connection.cursor(row_factory=class_row(Verdict)) as cursor:
        return tuple(cursor.execute(statements(SQL)["verdicts"], asked).fetchall())
