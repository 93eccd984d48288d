"""The moments of a cron expression on the clock of a zone.

croniter knows no zone, and Airflow's own timetables take its times for moments, which goes wrong
where the clock is changed (docs/schedules.md). Here the clock is asked at each step.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from medallion.schedules.clock import change_between, clock_of, offset_at

CRON_OF_PRESET = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
}
"""Airflow's presets that have data intervals, as Airflow reads them."""

CONTINUOUS = "@continuous"
"""Airflow's word for a pipeline whose next run begins when the last one has ended."""

_A_MOMENT = timedelta(microseconds=1)


def ticks_after(text: str, zone: ZoneInfo, moment: datetime) -> Iterator[datetime]:
    """The moments, in UTC, at which a cron expression comes after another one.

    An expression for every hour comes in both of two hours that the clock shows alike, any other
    in the first. A time that the clock skips comes at the moment of the change.

    Args:
        text: a preset, or five fields that croniter takes.
        zone: whose clock it is about.
        moment: aware.

    >>> paris, evening = ZoneInfo("Europe/Paris"), datetime(2026, 3, 27, 20, tzinfo=UTC)
    >>> nights = ticks_after("30 2 * * *", paris, evening)
    >>> [f"{next(nights):%d %H:%M}" for _ in range(3)]
    ['28 01:30', '29 01:00', '30 00:30']
    """
    at = moment.astimezone(UTC)
    clock = clock_of(at, zone)
    cron, every_hour = _cron(text), comes_every_hour(text)
    while (shown := _find_next(cron, clock)) is not None:
        found, offset = at + (shown - clock), clock - at.replace(tzinfo=None)
        if offset_at(found, zone) == offset:
            at, clock = found, shown
            if every_hour or not found.astimezone(zone).fold:
                yield found
            continue
        change = change_between(at.replace(microsecond=0), found, zone, offset)
        now = clock_of(change, zone)
        if clock + (change - at) < now and shown <= now:  # the clock skips it
            at, clock = change, now
            yield change
        else:
            at, clock = change - _A_MOMENT, now - _A_MOMENT


def comes_every_hour(text: str) -> bool:
    """Whether an expression has a moment in every hour of its days.

    >>> comes_every_hour("*/15 * * * *"), comes_every_hour("0 */2 * * *")
    (True, False)
    """
    return _hours(text) == ("*",)


@lru_cache(maxsize=1024)
def _hours(text: str) -> tuple[object, ...]:
    from croniter import croniter

    return tuple(croniter.expand(CRON_OF_PRESET.get(text, text))[0][1])


def _cron(text: str) -> Any:
    from croniter import croniter

    return croniter(CRON_OF_PRESET.get(text, text), ret_type=datetime)


def _find_next(cron: Any, clock: datetime) -> datetime | None:
    """The next time that the clock has to show; None: there is none within fifty years."""
    from croniter import CroniterBadDateError

    try:
        found: datetime = cron.get_next(start_time=clock)
    except (CroniterBadDateError, OverflowError):
        return None
    return found
