"""Incremental reading by a cursor: a field of the records that grows, and how far it has been read.

A run reads what is at or above the highest published value, and reports the highest that it has
seen. The publication moves the cursor in the registry, never the extraction: rows that fail a gate
are read again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import Field

from medallion.durations import Duration, duration
from medallion.errors import SourceRefused
from medallion.model import SpecModel
from medallion.prose import tally

CursorValue = int | date | datetime
"""A date is not a time here, though Python's datetime is a date."""

KIND_IN_WORDS = {"integer": "a number", "date": "a date", "timestamp": "a time"}

NOTE = "cursor"
"""Under which a landing's manifest, and so the registry, tells of it."""


class CursorSpec(SpecModel):
    """Read only what is new, by a field that grows: a time of change, or a number."""

    field: str = Field(min_length=1)
    """The record's field (a column of a database, a dotted path of a JSON record) that grows with
    each change: updated_at, id."""
    initial_value: int | date | datetime
    """Where the first run begins: 0, 2026-01-31, or 2026-01-31T00:00:00Z. It also says what the
    cursor is: a number, a date, or a time (in UTC without a zone)."""
    lookback: Duration | int | None = None
    """How far back each run reads again, for records that come late: 1h, 2d; of a number cursor,
    a number."""

    @property
    def kind(self) -> str:
        """`integer`, `date` or `timestamp`."""
        return kind_of(self.initial_value)

    def initial(self) -> CursorValue:
        """The start of the first run; a time without a zone is in UTC."""
        value = read_value(self.initial_value, self.kind)
        assert value is not None  # noqa: S101  # its kind is its own
        return value

    def back(self, value: CursorValue) -> CursorValue:
        """The value less the lookback, but not below the initial value.

        >>> CursorSpec(field="id", initial_value=0, lookback=10).back(25)
        15
        """
        first = self.initial()
        if isinstance(value, int) or isinstance(first, int):
            back = self.lookback if isinstance(self.lookback, int) else 0
            return max(int(str(value)) - back, int(str(first)))
        length = duration(self.lookback) if isinstance(self.lookback, str) else timedelta()
        try:
            earlier = value - length
        except OverflowError:  # before the year 1
            return first
        return earlier if earlier > first else first

    def of_interval(self, start: datetime, end: datetime) -> CursorRange | None:
        """What a backfill of a data interval, in the pipeline's zone, reads; None for a number,
        which has no intervals.

        >>> by_day = CursorSpec(field="day", initial_value=date(2026, 1, 1))
        >>> start, end = datetime(2026, 1, 30, tzinfo=UTC), datetime(2026, 1, 31, tzinfo=UTC)
        >>> by_day.of_interval(start, end).start, by_day.of_interval(start, end).end
        (datetime.date(2026, 1, 30), datetime.date(2026, 1, 31))
        """
        if self.kind == "integer":
            return None
        by_date = self.kind == "date"
        return CursorRange(
            field=self.field,
            kind=self.kind,
            start=start.date() if by_date else start.astimezone(UTC),
            end=end.date() if by_date else end.astimezone(UTC),
            bounded=True,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorRange:
    """The range that one run reads.

    `before` is what had been read when the run began; None: nothing. `bounded`: a backfill or a run
    done again reads a closed range, and what it sees does not move the cursor.
    """

    field: str
    kind: str
    start: CursorValue
    start_inclusive: bool = True
    end: CursorValue | None = None
    end_inclusive: bool = False
    before: CursorValue | None = None
    bounded: bool = False

    def holds(self, value: object) -> bool:
        """Whether a record's value is in the range; True also for a value that cannot be compared.

        >>> CursorRange(field="id", kind="integer", start=7, start_inclusive=False).holds("7")
        False
        """
        read: Any = read_value(value, self.kind)
        if read is None:
            return True
        if read < self.start or (read == self.start and not self.start_inclusive):
            return False
        end: Any = self.end
        return end is None or read < end or (read == end and self.end_inclusive)


class CursorWatch:
    """Sees the cursor's value of every record, and keeps the highest."""

    def __init__(self, cursor: CursorRange) -> None:
        self._cursor = cursor
        self._highest: CursorValue | None = None
        self._without = 0
        self._seen = 0

    @property
    def field(self) -> str:
        """The field whose value `see` takes."""
        return self._cursor.field

    @property
    def range(self) -> CursorRange:
        """The range that the run reads."""
        return self._cursor

    def see(self, value: object, *, records: int = 1, without: int = 0) -> None:
        """Take a record's value, or the highest of several records'.

        Args:
            value: read as the cursor's kind; what cannot be read as that is not a value.
            records: how many records it is the highest of.
            without: how many of them have no value.
        """
        read = read_value(value, self._cursor.kind)
        self._seen += records
        self._without += records if read is None else without
        if read is None:
            return
        if self._highest is None or read > self._highest:  # type: ignore[operator]
            self._highest = read

    def keep(self) -> list[object]:
        """What it has seen, as JSON values for the landing's journal."""
        return [format_value(self._highest), self._without, self._seen]

    def go_on(self, kept: Sequence[Any]) -> None:
        """Continue from what `kept` returned in an earlier try."""
        self._highest, self._without, self._seen = (
            parse_value(kept[0], self._cursor.kind), kept[1], kept[2],
        )  # fmt: skip

    def note(self) -> Mapping[str, object]:
        """The cursor's note in the manifest, which the publication moves the cursor by.

        Raises:
            SourceRefused: there were records, and none has a readable value.
        """
        cursor = self._cursor
        if self._seen and self._without == self._seen:
            raise SourceRefused(
                f"of {tally(self._seen, 'record')} none has a value in {cursor.field} that is "
                f"{KIND_IN_WORDS[cursor.kind]}: the cursor cannot move",
                remedy="does `cursor.field` name the right field, and is `initial_value` of its "
                "kind: a number, a date, or a time?",
            )
        return {
            "field": cursor.field,
            "kind": cursor.kind,
            "before": format_value(cursor.before),
            "start": format_value(cursor.start),
            "end": format_value(cursor.end),
            "highest": format_value(self._highest),
            "bounded": cursor.bounded,
            "records_without_value": self._without,
        }


def kind_of(value: CursorValue) -> str:
    """`integer`, `date` or `timestamp`.

    >>> kind_of(7), kind_of(date(2026, 1, 31)), kind_of(datetime(2026, 1, 31, tzinfo=UTC))
    ('integer', 'date', 'timestamp')
    """
    if isinstance(value, int):
        return "integer"
    return "timestamp" if isinstance(value, datetime) else "date"


def format_value(value: CursorValue | None) -> str | None:
    """The value as text, for a parameter and for the registry: ISO 8601, times in UTC.

    >>> format_value(datetime(2026, 1, 31, tzinfo=UTC))
    '2026-01-31T00:00:00Z'
    """
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return None if value is None else str(value)


def parse_value(text: str | None, kind: str) -> CursorValue | None:
    """The value in a text of `format_value`.

    >>> parse_value("2026-01-31", "date"), parse_value("7", "integer"), parse_value(None, "integer")
    (datetime.date(2026, 1, 31), 7, None)
    """
    return None if text is None else read_value(text, kind)


_WHOLE = re.compile(r"\s*(-?[0-9]{1,30})(?:\.0{1,30})?\s*")


def read_value(value: object, kind: str) -> CursorValue | None:
    """A value as the cursor's kind, times in UTC; None if it is not of that kind.

    >>> read_value("2026-01-31T01:00:00+01:00", "timestamp").isoformat()
    '2026-01-31T00:00:00+00:00'
    """
    if kind == "integer":
        return _integer(value)
    moment = _moment(value)
    if moment is None or kind == "timestamp":
        return moment
    return moment.date()


def _moment(value: object) -> datetime | None:
    """A time, in UTC where it has no zone; a date is its first moment."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, datetime):
        try:
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        except OverflowError:  # on the first or last day that there is
            return None
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return None


def _integer(value: object) -> int | None:
    if isinstance(value, str) and (found := _WHOLE.fullmatch(value)):
        return int(found[1])
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
