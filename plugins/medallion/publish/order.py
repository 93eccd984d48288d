"""Which of two states of a key is the later one: that of the later data interval, but for loads of
which more is known.

A source that is read on, from a cursor or from offsets, is read in an order of its own. Two runs
may share a data interval, and a run that had failed may read the newest messages for an old one:
such loads are named, and stand before or behind the run's whatever their interval is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from medallion.names import DATA_INTERVAL_END, LOAD_ID

if TYPE_CHECKING:
    from psycopg import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The order of a run's staged rows and of what is published.

    Attributes:
        interval_end: of the run.
        earlier: loads that are earlier than the run's, though their interval is a later one.
        later: loads that are later than the run's, though their interval is not.
    """

    interval_end: datetime
    earlier: tuple[int, ...] = ()
    later: tuple[int, ...] = ()
    is_newest: bool = False
    """Whether the run is known to have read on from all that is published."""

    def is_later(
        self, row: str, *, at: str = DATA_INTERVAL_END, load: str = LOAD_ID
    ) -> sql.Composed:
        """The condition that what has an alias is later than the staged rows.

        >>> from datetime import UTC
        >>> by_day = Order(interval_end=datetime(2026, 1, 31, tzinfo=UTC))
        >>> by_day.is_later("g", at="deleted_at").as_string()
        '("g"."deleted_at" > CAST(\\'2026-01-31 00:00:00+00:00\\'::timestamptz AS timestamptz))'

        Args:
            row: the alias.
            at: its column with the end of an interval.
            load: its column with a load. Where that is NULL, the interval decides.
        """
        from psycopg import sql

        by_interval = sql.SQL("({at} > CAST({end} AS timestamptz))").format(
            at=sql.Identifier(row, at), end=sql.Literal(self.interval_end)
        )
        if not (self.earlier or self.later):
            return by_interval
        return sql.SQL(
            "(CASE WHEN {load} = ANY(CAST({later} AS bigint[])) THEN true"
            " WHEN {load} = ANY(CAST({earlier} AS bigint[])) THEN false ELSE {by_interval} END)"
        ).format(
            load=sql.Identifier(row, load),
            later=sql.Literal(list(self.later)),
            earlier=sql.Literal(list(self.earlier)),
            by_interval=by_interval,
        )

    def is_not_later(
        self, row: str, *, at: str = DATA_INTERVAL_END, load: str = LOAD_ID
    ) -> sql.Composed:
        """The condition that it is not: the staged rows take its place."""
        from psycopg import sql

        return sql.SQL("NOT {}").format(self.is_later(row, at=at, load=load))
