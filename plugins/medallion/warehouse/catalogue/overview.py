"""What the registry knows of many tables at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg.rows import args_row

from medallion.names import Layer, PublishedTable
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "catalogue/overview.sql"
POINTS = 24
"""Of a trend."""


class TableState(NamedTuple):
    """One table as the registry knows it, as far as its state is judged by it: of thousands, a page
    shows a hundred. Without a publication its figures are None.

    `failed_…`: of the task of this table that ended last, whichever its run, where it has failed.
    `quarantine_open`: the rows in its quarantine now, of any run.
    """

    table: PublishedTable
    dag_id: str
    publication_id: int | None
    published_at: datetime | None
    spec_digest: str | None
    rows_read: int | None
    rows_quarantined: int | None
    rows_discarded: int | None
    failed_task: str | None
    failed_error: str | None
    quarantine_open: int


class TableDetails(NamedTuple):
    """What a line of a table shows besides. `trend`: the rows after each of the last publications,
    the oldest first; `checks_warned`: how many checks of the current one have."""

    version: int | None = None
    run_id: str | None = None
    rows: int | None = None
    quarantine_open: int = 0
    trend: Sequence[int] = ()
    checks_warned: int = 0


def table_details(
    session: Session, shown: Mapping[PublishedTable, int | None]
) -> Mapping[PublishedTable, TableDetails]:
    """The details of the tables that are shown, in one query.

    Args:
        shown: each table with the number of its current publication.
    """
    tables = list(shown)
    asked = {
        "layers": [str(table.layer) for table in tables],
        "domains": [table.domain for table in tables],
        "names": [table.name for table in tables],
        "publications": list(shown.values()),
        "points": POINTS,
    }
    rows = session.execute(statements(SQL)["details"], asked).fetchall()
    return {_table(*row[:3]): TableDetails(*row[3:]) for row in rows}


def table_states(
    session: Session,
    declared: Mapping[PublishedTable, str | None],
    domains: Sequence[str],
    only: str | None = None,
) -> list[TableState]:
    """The tables of some domains in no order, in one query.

    Args:
        declared: the tables that specs declare, each with its DAG's id; None: the one that has
            published it.
        domains: whose other published tables are wanted too.
        only: of one DAG alone.
    """
    rows = [
        {"layer": one.layer, "domain": one.domain, "table_name": one.name, "dag_id": dag_id}
        for one, dag_id in declared.items()
    ]
    # One text: of 2,000 tables, arrays take the driver ten times as long.
    asked = {"declared": json.dumps(rows), "seen": list(domains), "only": only}
    with session.cursor(row_factory=args_row(_state)) as cursor:
        return cursor.execute(statements(SQL)["tables"], asked).fetchall()


def _state(layer: str, domain: str, name: str, *rest: Any) -> TableState:
    return TableState(_table(layer, domain, name), *rest)


def _table(layer: str, domain: str, name: str) -> PublishedTable:
    return PublishedTable(layer=Layer(layer), domain=domain, name=name)
