"""The data interval in a database's query: the words of the REST source, as typed values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

Value = datetime | date | int

WORDS: Mapping[str, Callable[[datetime, datetime], Value]] = {
    "data_interval_start": lambda start, end: start.astimezone(UTC),
    "data_interval_end": lambda start, end: end.astimezone(UTC),
    "data_interval_start_date": lambda start, end: start.astimezone(UTC).date(),
    "data_interval_end_date": lambda start, end: end.astimezone(UTC).date(),
    "data_interval_last_date": lambda start, end: (
        max(start, end - timedelta(microseconds=1)).astimezone(UTC).date()
    ),
    "data_interval_start_epoch": lambda start, end: int(start.timestamp()),
    "data_interval_end_epoch": lambda start, end: int(end.timestamp()),
}
"""Each word (written with a colon before it) with what is bound for it. All times are in UTC."""


def values_of(start: datetime, end: datetime) -> dict[str, Value]:
    """What every word means in a run."""
    return {word: value(start, end) for word, value in WORDS.items()}
