"""What the registry knows of many tables at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    """One table as the registry knows it. Without a publication its figures are None.

    Times in UTC. `last_…`: of the task of this table that ended last, whichever its run.
    """

    table: PublishedTable
    dag_id: str
    publication_id: int | None
    version: int | None
    rows_total: int | None
    rows_read: int | None
    rows_quarantined: int | None
    rows_discarded: int | None
    published_at: datetime | None
    data_interval_end: datetime | None
    run_id: str | None
    spec_digest: str | None
    quarantine_open: int
    last_task: str | None
    last_status: str | None
    last_run: str | None
    last_ended: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDetails:
    """What a line of a table shows besides: the rows after each of the last publications, the
    oldest first, and how many checks of the current one have warned."""

    trend: tuple[int, ...] = ()
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
    return {
        PublishedTable(layer=Layer(layer), domain=domain, name=name): TableDetails(
            trend=tuple(trend), checks_warned=warned
        )
        for layer, domain, name, trend, warned in rows
    }


def table_states(
    session: Session,
    declared: Mapping[PublishedTable, str | None],
    domains: Sequence[str],
    only: str | None = None,
) -> list[TableState]:
    """The tables of some domains, in one query.

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
    return TableState(PublishedTable(layer=Layer(layer), domain=domain, name=name), *rest)
