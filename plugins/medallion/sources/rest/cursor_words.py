"""The cursor's range as words in a REST source's parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

from medallion.sources.base.cursor import CursorRange, CursorValue, format_value

CURSOR_WORDS: Mapping[str, Callable[[CursorValue], str]] = {
    "cursor": lambda value: str(format_value(value)),
    "cursor_date": lambda value: str(format_value(value))[:10],
    "cursor_epoch": lambda value: str(int(_moment(value).timestamp())),
}
"""Each word with what it becomes; `cursor_end`, `cursor_end_date` … are those of the end."""

_WORD = re.compile(r":(cursor\w*)")


def is_cursor_word(word: str) -> bool:
    """Whether a word is one of the cursor's.

    >>> is_cursor_word("cursor"), is_cursor_word("data_interval_start")
    (True, False)
    """
    return word in CURSOR_WORDS or is_of_end(word)


def is_of_end(word: str) -> bool:
    """Whether a word means the end of the range, which a run may not have."""
    return word.startswith("cursor_end") and word.replace("_end", "", 1) in CURSOR_WORDS


def cursor_words(text: str) -> list[str]:
    """The cursor's words in a text, without their colon, in order; not those of an interval or a
    parent."""
    return [word for word in _WORD.findall(text) if is_cursor_word(word)]


def speaks_of_no_end(text: str, cursor: CursorRange | None) -> bool:
    """Whether a text needs the range's end and the run has none: the parameter is left out then."""
    open_end = cursor is not None and cursor.end is None
    return open_end and any(map(is_of_end, cursor_words(text)))


def with_cursor(text: str, cursor: CursorRange | None) -> str:
    """A text with the words replaced.

    >>> with_cursor("since=:cursor", CursorRange(field="id", kind="integer", start=7))
    'since=7'
    """
    if cursor is None:
        return text

    def replace_word(found: re.Match[str]) -> str:
        word = found[1]
        value = cursor.end if is_of_end(word) else cursor.start
        if value is None or not is_cursor_word(word):
            return found[0]
        return CURSOR_WORDS[word.replace("_end", "", 1)](value)

    return _WORD.sub(replace_word, text)


def _moment(value: CursorValue) -> datetime:
    if isinstance(value, datetime):
        return value
    day = value if isinstance(value, date) else date.fromordinal(1)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
