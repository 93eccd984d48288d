"""What /metrics asks of the registry: a row a table, and the figures that are of no one table.

Rows are tuples and not dataclasses: of 8,000 of them it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import psycopg
from psycopg.rows import args_row

from medallion.warehouse.session.connection import translate_errors
from medallion.warehouse.session.kept import reading_connection
from medallion.warehouse.session.statements import statements

SQL = "registry/measures.sql"
READS = (
    "table_figures", "publications", "freshness_states", "last_runs", "check_figures",
    "step_figures", "request_budgets", "notices",
)  # fmt: skip
"""The registry's tables that the statements read: whoever asks needs no right on another one."""
COLUMNS = {"notices": ("conn_id", "sent_at", "error")}
"""Of those of which they do not read every column, those that they read: not who gets a message."""


class TableMeasures(NamedTuple):
    """One table. `published_at`: seconds since 1970; None where it was never published.

    `state`: of its freshness, as evaluated last; None where no spec declares it.
    """

    layer: str
    domain: str
    name: str
    publications: int
    rows_published: int
    rows_quarantined: int
    rows_deduplicated: int
    rows_discarded: int
    quarantine_open: int
    lake_bytes: int
    published_at: float | None
    rows: int | None
    state: str | None
    is_late: bool


class Figure(NamedTuple):
    """One number: of which `kind` is in measures.sql, with the words that it has there."""

    kind: str
    layer: str | None = None
    domain: str | None = None
    name: str | None = None
    word: str | None = None
    outcome: str | None = None
    at_most: float | None = None
    number: int = 0
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """All of it. Tables come in the order in which the registry met them."""

    tables: Sequence[TableMeasures] = ()
    figures: Sequence[Figure] = ()


def read_measures(connection: psycopg.Connection) -> Measures:
    """As of now, in the connection's transaction."""
    named = statements(SQL)
    with connection.cursor(row_factory=args_row(TableMeasures)) as cursor:
        tables = cursor.execute(named["tables"]).fetchall()
    with connection.cursor(row_factory=args_row(Figure)) as cursor:
        figures = cursor.execute(named["figures"]).fetchall()
    return Measures(tables=tables, figures=figures)


def measures_at(url: str) -> Measures:
    """As of now, in a session of its own.

    Args:
        url: of a role that may read `READS`: the registry is not upgraded here.

    Raises:
        WarehouseUnavailable, WarehouseRefused: it does not answer, or not this role.
    """
    with (
        translate_errors("reading the metrics"),
        reading_connection(url, application_name="medallion metrics") as connection,
    ):
        return read_measures(connection)
