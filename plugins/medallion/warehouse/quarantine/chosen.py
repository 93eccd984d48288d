"""Some of the open rows of a table's quarantine, as a person has chosen them."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from medallion.names import PublishedTable
from medallion.publish.relations import identifier
from medallion.warehouse.quarantine.report import reason_kind
from medallion.warehouse.session.relations import columns_of
from medallion.warehouse.session.statements import statements

SQL = "quarantine/chosen.sql"
LARGEST_ID = 2**63 - 1
"""Of a `quarantine_id`, which is a `bigint`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Open rows: those that all of this is true of. What is empty chooses nothing out.

    Attributes:
        run_ids: of one of these runs.
        reasons: with one of these reasons, as `report.reasons` counts them; they may have others
            beside it.
        row_ids: with one of these numbers.
        up_to: with this number or a lower one: what came after somebody looked is not meant.
    """

    run_ids: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    row_ids: tuple[int, ...] = ()
    up_to: int | None = None

    @property
    def is_part_of_runs(self) -> bool:
        """Whether other open rows of the same run may not be among them."""
        return bool(self.reasons or self.row_ids or self.up_to is not None)

    def values(self) -> dict[str, object]:
        """What the condition of `chosen.sql` takes."""
        return {
            "run_ids": list(self.run_ids) or None,
            "reasons": list(self.reasons) or None,
            "row_ids": list(self.row_ids) or None,
            "up_to": self.up_to,
        }

    def describe(self) -> dict[str, object]:
        """What was chosen, for the journal: runs, reasons, the numbers of rows."""
        said = {"runs": self.run_ids, "reasons": self.reasons, "row numbers": self.row_ids}
        return {name: list(values) for name, values in said.items() if values}


EVERY = Chosen()
"""All open rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenCount:
    """How many rows are chosen now, of how many runs. `last`: their highest number; 0: none."""

    rows: int
    runs: int
    last: int


def which_rows() -> sql.Composed:
    """SQL over a quarantine's rows: whether one is chosen. It takes `Chosen.values`."""
    return statements(SQL)["which"].format(reason_kind=reason_kind())


def count_chosen(
    connection: psycopg.Connection, table: PublishedTable, chosen: Chosen
) -> ChosenCount:
    """How many of the chosen rows are open now."""
    if not columns_of(connection, table.quarantine):
        return ChosenCount(rows=0, runs=0, last=0)
    query = statements(SQL)["count"].format(table=identifier(table.quarantine), which=which_rows())
    row = connection.execute(query, chosen.values()).fetchone()
    rows, runs, last = row or (0, 0, 0)
    return ChosenCount(rows=rows, runs=runs, last=last)
