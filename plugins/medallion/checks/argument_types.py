"""Whether an argument has the type that the catalogue gives it (`number|moment`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from math import isfinite

from medallion.durations import DURATION_PATTERN

_DURATION = re.compile(DURATION_PATTERN)


def _is_number(value: object) -> bool:
    """A finite one: PostgreSQL and pandas do not agree on how others compare with an infinity."""
    if isinstance(value, bool):
        return False
    return isinstance(value, int) or (isinstance(value, float) and isfinite(value))


def _is_whole(value: object) -> bool:
    return isinstance(value, int | float) and _is_number(value) and value == int(value)


def day_of(value: object) -> date | None:
    """The day of a date, a time, or a text that begins with an ISO 8601 date; None for anything
    else. It is used to compare bounds, so a time's hours are dropped.

    >>> day_of("2026-01-31T23:30:00"), day_of("yesterday")
    (datetime.date(2026, 1, 31), None)
    """
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


_TYPES: dict[str, tuple[str, Callable[[object], bool]]] = {
    "string": ("text", lambda value: isinstance(value, str) and value != ""),
    "number": ("a number", _is_number),
    "integer": ("a whole number", _is_whole),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "moment": ("a date or time", lambda value: day_of(value) is not None),
    "list": (
        "a list of one value or more",
        lambda value: isinstance(value, list | tuple) and len(value) > 0,
    ),
    "object": ("a mapping", lambda value: isinstance(value, dict)),
    "duration": (
        "a duration such as 26h",
        lambda value: isinstance(value, str) and bool(_DURATION.match(value)),
    ),
    "any": ("a value", lambda value: True),
}


def type_problem(value: object, types: str) -> str | None:
    """What is wrong with a value's type, as the end of a sentence; None if nothing is.

    >>> type_problem("ten", "integer")
    "is a whole number, not 'ten'"
    """
    if types.startswith("["):
        choices = types[1:-1].split(",")
        return None if value in choices else f"is one of {', '.join(choices)}, not {value!r}"
    names = types.split("|")
    if any(_TYPES[name][1](value) for name in names):
        return None
    wanted = " or ".join(_TYPES[name][0] for name in names)
    return f"is {wanted}, not {value!r}"
