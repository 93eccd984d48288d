"""Whole hours, days, weeks, months, quarters and years of UTC, and where a moment lies in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

TimeGrain = Literal["hour", "day", "week", "month", "quarter", "year"]


def floor_to(moment: datetime, grain: TimeGrain) -> datetime:
    """The start of the whole one that a moment is in. Weeks begin on Monday.

    >>> floor_to(datetime(2026, 5, 14, 13, 7, tzinfo=UTC), "quarter").isoformat()
    '2026-04-01T00:00:00+00:00'
    """
    return _FLOORS[grain](moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0))


def ceil_to(moment: datetime, grain: TimeGrain) -> datetime:
    """The end of the whole one that a moment is in; a moment that ends one stays as it is.

    >>> ceil_to(datetime(2026, 12, 31, 6, tzinfo=UTC), "month").isoformat()
    '2027-01-01T00:00:00+00:00'
    >>> ceil_to(datetime(2027, 1, 1, tzinfo=UTC), "month").isoformat()
    '2027-01-01T00:00:00+00:00'
    """
    start = floor_to(moment, grain)
    if start == moment:
        return start
    return floor_to(start + _MORE_THAN_ONE[grain], grain)


def _midnight(hour: datetime) -> datetime:
    return hour.replace(hour=0)


def _monday(hour: datetime) -> datetime:
    return _midnight(hour) - timedelta(days=hour.weekday())


def _first_of_month(hour: datetime) -> datetime:
    return _midnight(hour).replace(day=1)


def _first_of_quarter(hour: datetime) -> datetime:
    return _first_of_month(hour).replace(month=(hour.month - 1) // 3 * 3 + 1)


def _first_of_year(hour: datetime) -> datetime:
    return _first_of_month(hour).replace(month=1)


_FLOORS: Mapping[TimeGrain, Callable[[datetime], datetime]] = {
    "hour": lambda hour: hour,
    "day": _midnight,
    "week": _monday,
    "month": _first_of_month,
    "quarter": _first_of_quarter,
    "year": _first_of_year,
}
_MORE_THAN_ONE: Mapping[TimeGrain, timedelta] = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=31),
    "quarter": timedelta(days=92),
    "year": timedelta(days=366),
}
"""From a start, this leads into the next one, and not beyond it."""
