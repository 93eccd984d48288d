"""The data interval in a source's request: fixed words, bound as typed values in a query, as text
elsewhere.

There is no other template: words of other tools stay as they are, and the spec's rules refuse them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

Value = datetime | date | int

WORDS: Mapping[str, Callable[[datetime, datetime], Value]] = {
    "data_interval_start": lambda start, end: start.astimezone(UTC),
    "data_interval_end": lambda start, end: end.astimezone(UTC),
    "data_interval_start_date": lambda start, end: start.date(),
    "data_interval_end_date": lambda start, end: end.date(),
    "data_interval_last_date": lambda start, end: _last_date(start, end),  # noqa: PLW0108  # is below
    "data_interval_start_epoch": lambda start, end: int(start.timestamp()),
    "data_interval_end_epoch": lambda start, end: int(end.timestamp()),
}
"""Each word (written with a colon before it) with its value in a run, whose start and end are in
the pipeline's zone: dates are days of it, times are in UTC."""

_WORD = re.compile(r":(data_interval\w*)")
TEMPLATE = re.compile(r"\{\{|\{%|\$\{")
"""What other tools' templates look like."""


def _last_date(start: datetime, end: datetime) -> date:
    """Of the last moment: reckoned in UTC, for within one zone Python forgets its changes."""
    last = max(start.astimezone(UTC), end.astimezone(UTC) - timedelta(microseconds=1))
    return last.astimezone(end.tzinfo).date()


def values_of(start: datetime, end: datetime) -> dict[str, Value]:
    """Every word's value in a run, typed, to be bound in a query.

    >>> day = datetime(2026, 1, 31, tzinfo=UTC)
    >>> values_of(day, day + timedelta(1))["data_interval_last_date"]
    datetime.date(2026, 1, 31)
    """
    return {word: value(start, end) for word, value in WORDS.items()}


def fill_interval(text: str, start: datetime, end: datetime) -> str:
    """A text with the words replaced: times as ISO 8601 with Z, epochs in seconds.

    >>> day = datetime(2026, 1, 31, tzinfo=UTC)
    >>> fill_interval("from :data_interval_start_date", day, day + timedelta(1))
    'from 2026-01-31'
    """
    return _WORD.sub(lambda found: _text(WORDS[found[1]](start, end)), text)


def _text(value: Value) -> str:
    if isinstance(value, int):
        return str(value)
    return value.isoformat().replace("+00:00", "Z")
