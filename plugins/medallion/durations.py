"""Lengths of time and moments as specs write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from medallion.prose import tally

DURATION_PATTERN = r"^[0-9]{1,6}[smhd]$"
Duration = Annotated[str, Field(pattern=DURATION_PATTERN)]
"""A number and its unit: 30s, 5m, 26h, 2d."""

TIME_LIMIT_PATTERN = r"^[1-9][0-9]{0,5}[smhd]$"
TimeLimit = Annotated[str, Field(pattern=TIME_LIMIT_PATTERN)]
"""A `Duration` that is more than nothing, and not beyond what a clock counts."""

MOST_RETRY_DELAY = timedelta(days=30)


def _a_retry_delay(text: str) -> str:
    most = MOST_RETRY_DELAY // duration(f"1{text[-1]}")
    if int(text[:-1]) > most:
        raise ValueError(
            f"{text} is more than {MOST_RETRY_DELAY.days} days; the longest is {most}{text[-1]}"
        )
    return text


RETRY_DELAY_PATTERN = r"^[0-9]{1,100}[smhd]$"
RetryDelay = Annotated[str, Field(pattern=RETRY_DELAY_PATTERN), AfterValidator(_a_retry_delay)]
"""A `Duration` after which somebody still waits for the retry."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> timedelta:
    """The length of time in a `Duration` text.

    >>> duration("26h")
    datetime.timedelta(days=1, seconds=7200)
    """
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def in_words(length: timedelta) -> str:
    """A length of time as people say it, in the largest unit that gives a whole number.

    >>> in_words(timedelta(days=2)), in_words(timedelta(minutes=90)), in_words(timedelta(hours=1))
    ('2 days', '90 minutes', '1 hour')
    """
    seconds = int(length.total_seconds())
    for unit in ("day", "hour", "minute"):
        one = timedelta(**{f"{unit}s": 1}) // timedelta(seconds=1)
        if seconds and seconds % one == 0:
            return tally(seconds // one, unit)
    return tally(seconds, "second")


def moment_of(day: date) -> datetime:
    """A date is its first moment in UTC; a time without a zone is in UTC.

    >>> moment_of(date(2026, 1, 31)).isoformat()
    '2026-01-31T00:00:00+00:00'
    """
    if isinstance(day, datetime):
        return day if day.tzinfo else day.replace(tzinfo=UTC)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
