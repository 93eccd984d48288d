"""What a REST source's path and parameters may hold: a few fixed words for the data interval, as
in gold's SQL, and in braces the values of the parent that a request is made for. A file's path may
hold the same words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from medallion.sources.rest.cursor_words import is_cursor_word

WORDS: Mapping[str, Callable[[datetime, datetime], str]] = {
    "data_interval_start": lambda start, end: _time(start),
    "data_interval_end": lambda start, end: _time(end),
    "data_interval_start_date": lambda start, end: _date(start),
    "data_interval_end_date": lambda start, end: _date(end),
    "data_interval_last_date": lambda start, end: _date(
        max(start, end - timedelta(microseconds=1))
    ),
    "data_interval_start_epoch": lambda start, end: str(int(start.timestamp())),
    "data_interval_end_epoch": lambda start, end: str(int(end.timestamp())),
}
"""Each word (written with a colon before it) with what it becomes. All times are in UTC."""

_WORD = re.compile(r":(data_interval\w*)")
_MEANT = re.compile(r":((?:data_interval|cursor)\w*)")
TEMPLATE = re.compile(r"\{\{|\{%|\$\{")
"""What other tools' templates look like."""
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def unknown_words(text: str, *, cursor: bool = True) -> list[str]:
    """The words that are meant for the interval or the cursor (where there may be one), and are
    none."""
    meant = _MEANT.findall(text)
    return [word for word in meant if word not in WORDS and not (cursor and is_cursor_word(word))]


def fill_interval(text: str, start: datetime, end: datetime) -> str:
    """A text with the words replaced.

    >>> day = datetime(2026, 1, 31, tzinfo=UTC)
    >>> fill_interval("from :data_interval_start_date", day, day + timedelta(1))
    'from 2026-01-31'
    """
    return _WORD.sub(lambda found: WORDS[found[1]](start, end), text)


def places(texts: Iterable[str]) -> list[str]:
    """The names in braces.

    >>> places(["orders/{order_id}/items"])
    ['order_id']
    """
    return [name for text in texts for name in _PLACE.findall(text)]


def placed(text: str, values: Mapping[str, str]) -> str:
    """A text with the names in braces replaced; a value's own braces and words stay what they are.

    >>> placed("orders/{order_id}/items", {"order_id": "7"})
    'orders/7/items'
    """
    return _PLACE.sub(lambda found: values.get(found[1], found[0]), text)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()
