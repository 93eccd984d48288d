"""The parameter by which an API sends only what has changed since: it is tried, and taken where the
answer shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from medallion.sources.base.cursor import CursorValue, format_value, read_value

SinceParam = Callable[[str, str], str]
"""By a field and its kind, the parameter that takes a time of it; empty where none was found."""

_USUAL = (
    "updated_since",
    "modified_since",
    "changed_since",
    "updated_after",
    "modified_after",
    "since",
)
_ENDINGS = ("_since", "_after", "_from", "_gte", "__gte", "_min", "[gte]")


def find_since(
    times: Sequence[object],
    first_page: Sequence[object],
    name: str,
    kind: str,
    ask: Callable[[str, str], Sequence[object] | None],
) -> str:
    """The first parameter with which an API answers with records from a time on, and no earlier
    ones; empty where there is none.

    Args:
        times: the field's values in all records that were read.
        first_page: those of the first page, asked for without such a parameter.
        name: of the field, without the path to it.
        kind: of the cursor.
        ask: asks for the first page with a parameter and its value; the field's values, None where
            the API refuses.
    """
    known = sorted(_read(times, kind))
    middle = known[len(known) // 2] if known else None
    earlier = [value for value in _read(first_page, kind) if middle and value < middle]
    if middle is None or not earlier:
        return ""
    for param in dict.fromkeys((*_USUAL, *(f"{name}{end}" for end in _ENDINGS))):
        answered = ask(param, str(format_value(middle)))
        found = list(_read(answered or (), kind))
        if found and len(found) == len(answered or ()) and min(found) >= middle:
            return param
    return ""


def _read(values: Sequence[object], kind: str) -> Iterator[Any]:
    found: Iterator[CursorValue | None] = (read_value(value, kind) for value in values)
    yield from (value for value in found if value is not None)
