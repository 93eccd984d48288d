"""The stretch of time that a run of an incremental table makes again, and how it follows from the
data interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from medallion.publish.disposition import WriteDisposition
from medallion.schedules.clock import UTC_NAME, clock_of, in_words, moment_at, zone_of
from medallion.time_grains import TimeGrain, ceil_to, floor_to

if TYPE_CHECKING:
    from psycopg import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Half open, in UTC. `is_whole`: it is all that the table holds, and the rows become a version
    of their own. `timezone`: of the pipeline, whose days the table's dates are."""

    start: datetime
    end: datetime
    is_whole: bool = False
    timezone: str = UTC_NAME

    def __str__(self) -> str:
        start = f"{self.start.astimezone(zone_of(self.timezone)):%Y-%m-%d %H:%M}"
        return f"{start} to {in_words(self.end, self.timezone)}"

    def to_json(self) -> dict[str, object]:
        """For a task's record in the registry.

        >>> from datetime import UTC
        >>> start = datetime(2026, 1, 1, tzinfo=UTC)
        >>> day = Window(start=start, end=start + timedelta(days=1))
        >>> Window.from_json(day.to_json()) == day
        True
        """
        return {
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "is_whole": self.is_whole,
            "timezone": self.timezone,
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Window:
        """What `to_json` wrote."""
        return cls(
            start=datetime.fromisoformat(said["start"]),
            end=datetime.fromisoformat(said["end"]),
            is_whole=bool(said["is_whole"]),
            timezone=str(said.get("timezone", UTC_NAME)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Increment:
    """How a gold table grows.

    Attributes:
        disposition: how the rows of a window meet those already there.
        time_column: of the SELECT: when a row belongs, or since when its state holds.
        begin: the start of all that the table holds, in UTC.
        lookback: how long before its interval a run begins, for rows that come late. Whole days are
            those of `timezone`, of 23 hours or 25 where its clock is changed.
        reads_back: how long before its own time a row reads, in the same sense: what changes at a
            time changes rows until so long after it.
        grain: a window is whole ones of these; None: the interval as it is.
        timezone: of the pipeline: whole days are days of this zone.
    """

    disposition: WriteDisposition
    time_column: str
    begin: datetime
    lookback: timedelta = timedelta(0)
    reads_back: timedelta = timedelta(0)
    grain: TimeGrain | None = None
    timezone: str = UTC_NAME

    def grain_in_words(self) -> str | None:
        """`time_grain` as the registry keeps it: in another zone, a day is another one."""
        if self.timezone == UTC_NAME:
            return self.grain
        return f"{self.grain or 'interval'} in {self.timezone}"

    def window_of(self, start: datetime, end: datetime) -> Window:
        """The window of a data interval. It is empty where the interval ends before `begin`."""
        first = self.first()
        start, end = self._whole(max(self._look_back(start), first), end)
        return Window(start=start, end=max(start, end), timezone=self.timezone)

    def whole_until(self, end: datetime) -> Window:
        """The window of the whole table."""
        first = self.first()
        end = max(first, self._whole(end, end)[1])
        return Window(start=first, end=end, is_whole=True, timezone=self.timezone)

    def first(self) -> datetime:
        """The start of all that the table holds: `begin`, or of the whole one that it is in."""
        return floor_to(self.begin, self.grain, self.timezone) if self.grain else self.begin

    def read_until(self, end: datetime) -> datetime:
        """The end of the rows that read what is before a moment."""
        try:
            return self._shift(end, self.reads_back, 1)
        except OverflowError:  # after the year 9999
            return datetime.max.replace(tzinfo=UTC)

    def _look_back(self, start: datetime) -> datetime:
        try:
            return self._shift(start, self.lookback, -1)
        except OverflowError:  # before the year 1
            return self.begin

    def _shift(self, moment: datetime, length: timedelta, sign: Literal[1, -1]) -> datetime:
        """Whole days are those of the pipeline's clock: two days before a midnight is a midnight,
        also where the clock has been changed between them. A part of a day would be made of its
        last hours alone."""
        days = timedelta(days=length.days)
        if days:
            zone = zone_of(self.timezone)
            moment = moment_at(clock_of(moment, zone) + sign * days, zone)
        return moment + sign * (length - days)

    def _whole(self, start: datetime, end: datetime) -> tuple[datetime, datetime]:
        if self.grain is None:
            return start, end
        zone = self.timezone
        return floor_to(start, self.grain, zone), ceil_to(end, self.grain, zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The rows of a table that a window speaks of, by a column."""

    time_column: str
    window: Window

    def is_before(self, alias: str = "t") -> sql.Composed:
        """The condition of a row that lies before the window."""
        from psycopg import sql

        return sql.SQL("{} < {}").format(
            sql.Identifier(alias, self.time_column), self._moment(self.window.start)
        )

    def is_after(self, alias: str = "t") -> sql.Composed:
        """The condition of a row that lies after the window."""
        from psycopg import sql

        return sql.SQL("{} >= {}").format(
            sql.Identifier(alias, self.time_column), self._moment(self.window.end)
        )

    def holds(self, alias: str = "t") -> sql.Composed:
        """The condition of a row that lies in the window.

        Without types, for the column's own is then taken: a date, or a time with or without a zone.
        The first two are those of the pipeline's zone.

        >>> from datetime import UTC
        >>> start = datetime(2026, 1, 1, tzinfo=UTC)
        >>> day = Window(start=start, end=start + timedelta(days=1))
        >>> print(Slice(time_column="day", window=day).holds().as_string())
        ("t"."day" >= '2026-01-01T00:00:00+00:00' AND "t"."day" < '2026-01-02T00:00:00+00:00')
        """
        from psycopg import sql

        return sql.SQL("({column} >= {start} AND {column} < {end})").format(
            column=sql.Identifier(alias, self.time_column),
            start=self._moment(self.window.start),
            end=self._moment(self.window.end),
        )

    def _moment(self, moment: datetime) -> sql.Literal:
        from psycopg import sql

        return sql.Literal(moment.astimezone(zone_of(self.window.timezone)).isoformat())
