"""Which intervals of a table that grows are there: for the JSON API."""

from __future__ import annotations

from datetime import UTC, datetime

from medallion.catalogue.table import TableHead
from medallion.operations.intervals import TableIntervals, read_intervals
from medallion.plan.model import Plan
from medallion.warehouse.session.transaction import Session


def read_table_intervals(session: Session, head: TableHead, plan: Plan | None) -> TableIntervals:
    """The intervals of a table that have ended; none where it does not grow, or no spec runs.

    Args:
        plan: of its pipeline, in the version that runs.
    """
    found = read_intervals(session, plan, datetime.now(UTC)) if plan else ()
    mine = (one for one in found if one.table == head.table)
    return next(mine, TableIntervals(table=head.table, intervals=()))
