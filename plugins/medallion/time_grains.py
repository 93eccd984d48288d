"""Whole hours, days … years on the clock of a zone, and where a moment lies in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from medallion.schedules.clock import (
    UTC_NAME,
    change_between,
    clock_of,
    moment_at,
    offset_at,
    zone_of,
)

TimeGrain = Literal["hour", "day", "week", "month", "quarter", "year"]


def floor_to(moment: datetime, grain: TimeGrain, timezone: str = UTC_NAME) -> datetime:
    """The start, in UTC, of the whole one that a moment is in. Weeks begin on Monday.

    >>> floor_to(datetime(2026, 5, 14, 13, 7, tzinfo=UTC), "quarter").isoformat()
    '2026-04-01T00:00:00+00:00'
    >>> floor_to(datetime(2026, 3, 28, 23, tzinfo=UTC), "day", "Europe/Paris").isoformat()
    '2026-03-28T23:00:00+00:00'
    """
    zone = zone_of(timezone)
    clock = clock_of(moment, zone)
    hour = clock.replace(minute=0, second=0, microsecond=0)
    if grain == "hour":
        return _start_of_hour(moment, clock - hour, hour, zone)
    return moment_at(_FLOORS[grain](hour), zone)


def ceil_to(moment: datetime, grain: TimeGrain, timezone: str = UTC_NAME) -> datetime:
    """The end, in UTC, of the whole one that a moment is in; a moment that ends one stays as it is.

    >>> ceil_to(datetime(2026, 12, 31, 6, tzinfo=UTC), "month").isoformat()
    '2027-01-01T00:00:00+00:00'
    >>> ceil_to(datetime(2027, 1, 1, tzinfo=UTC), "month").isoformat()
    '2027-01-01T00:00:00+00:00'
    >>> ceil_to(datetime(2026, 3, 29, 6, tzinfo=UTC), "day", "Europe/Paris").isoformat()
    '2026-03-29T22:00:00+00:00'
    """
    start = floor_to(moment, grain, timezone)
    if start == moment:
        return start.astimezone(UTC)
    if grain == "hour":
        return _end_of_hour(start, zone_of(timezone))
    shown = clock_of(start, zone_of(timezone)) + _MORE_THAN_ONE[grain]
    return moment_at(_FLOORS[grain](shown.replace(minute=0)), zone_of(timezone))


def _start_of_hour(moment: datetime, into: timedelta, hour: datetime, zone: ZoneInfo) -> datetime:
    """An hour of the clock that a change cuts begins at the change."""
    start = moment.astimezone(UTC) - into
    return start if clock_of(start, zone) == hour else _change(start, moment, zone)


def _end_of_hour(start: datetime, zone: ZoneInfo) -> datetime:
    shown = clock_of(start, zone)
    end = start + (shown.replace(minute=0) + timedelta(hours=1) - shown)
    return end if offset_at(end, zone) == offset_at(start, zone) else _change(start, end, zone)


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    return change_between(before.replace(microsecond=0), after, zone, offset_at(before, zone))


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
    "day": _midnight,
    "week": _monday,
    "month": _first_of_month,
    "quarter": _first_of_quarter,
    "year": _first_of_year,
}
_MORE_THAN_ONE: Mapping[TimeGrain, timedelta] = {
    "day": timedelta(days=1),
    "week": timedelta(days=7),
    "month": timedelta(days=31),
    "quarter": timedelta(days=92),
    "year": timedelta(days=366),
}
"""From a start, this leads into the next one, and not beyond it."""
