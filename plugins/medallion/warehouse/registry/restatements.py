"""The journal's entries that say which stretch of a table was restated, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from psycopg.types.json import Jsonb

from medallion.names import Layer, PublishedTable
from medallion.plan.intervals import Span
from medallion.warehouse.session.statements import statements
from medallion.warehouse.session.transaction import Session

SQL = "registry/restatements.sql"
MOST = 20
"""Entries of a table that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """One entry.

    Attributes:
        number: its own; Airflow's runs that do its work are named by it.
        table: whose stretch was restated.
        stretch: which.
        at: when it was written, in UTC: what has read its inputs earlier runs again.
        by: who says so.
        downstream: the tables that follow from it, by their public names.
        runs: how many runs that were at the time; None: an older Medallion did not count them.
    """

    number: int
    table: PublishedTable
    stretch: Span
    at: datetime
    by: str
    downstream: tuple[str, ...]
    runs: int | None


def record_restatement(
    connection: Session,
    table: PublishedTable,
    stretch: Span,
    *,
    by: str,
    downstream: Sequence[str],
    runs: int,
) -> Restatement:
    """Write into the journal that a stretch of a table was restated.

    Args:
        runs: how many runs follow from it.
    """
    details: dict[str, object] = {
        "from": stretch.start.isoformat(),
        "to": stretch.end.isoformat(),
        "downstream": list(downstream),
        "runs": runs,
    }
    row = connection.execute(
        statements(SQL)["record"], {**table.key(), "done_by": by, "details": Jsonb(details)}
    ).fetchone()
    assert row is not None  # noqa: S101  # it was written just now
    return _entry((row[0], table.layer, table.domain, table.name, row[1], by, details))


def find_restatement(
    connection: Session, table: PublishedTable, stretch: Span
) -> Restatement | None:
    """The last entry of just this stretch; None: there is none."""
    asked = {**table.key(), "start": stretch.start, "end": stretch.end}
    return _one(connection, "latest_of_stretch", asked)


def get_restatement(connection: Session, number: int) -> Restatement | None:
    """The entry of a number; None: there is none."""
    return _one(connection, "of_number", {"action_id": number})


def list_restatements(connection: Session, table: PublishedTable) -> list[Restatement]:
    """The last entries of a table, the latest first."""
    rows = connection.execute(statements(SQL)["of_table"], {**table.key(), "most": MOST})
    return [_entry(row) for row in rows.fetchall()]


def _one(connection: Session, name: str, asked: Mapping[str, object]) -> Restatement | None:
    row = connection.execute(statements(SQL)[name], asked).fetchone()
    return _entry(row) if row else None


def _entry(row: Sequence[Any]) -> Restatement:
    number, layer, domain, name, at, by, details = row
    start, end = (datetime.fromisoformat(details[key]).astimezone(UTC) for key in ("from", "to"))
    return Restatement(
        number=number,
        table=PublishedTable(layer=Layer(layer), domain=domain, name=name),
        stretch=Span(start=start, end=end),
        at=at.astimezone(UTC),
        by=by,
        downstream=tuple(details.get("downstream", ())),
        runs=details.get("runs"),
    )
