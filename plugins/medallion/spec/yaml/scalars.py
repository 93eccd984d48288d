"""The value of an unquoted YAML scalar: YAML 1.2's core types and ISO dates; anything else is text.

PyYAML reads YAML 1.1, in which `no` is false, `1:30` is ninety and `010` is eight.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from math import isinf
from typing import Any

_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,39})")
_REAL = re.compile(
    r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)\.[0-9]*|(?:0|[1-9][0-9]*)(?=[eE]))(?:[eE][-+]?[0-9]+)?"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?:Z|[-+][0-9]{2}:[0-9]{2})?"
)


def resolve_scalar(text: str) -> Any:
    """What an unquoted scalar means.

    >>> [resolve_scalar(t) for t in ("true", "yes", "12", "007", "1:30", "1e3", "")]
    [True, 'yes', 12, '007', '1:30', 1000.0, None]
    >>> resolve_scalar("2026-01-31"), resolve_scalar("2026-02-31")
    (datetime.date(2026, 1, 31), '2026-02-31')
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _WHOLE.fullmatch(text):
        return int(text)
    if _REAL.fullmatch(text):
        number = float(text)
        return text if isinf(number) else number
    return _moment(text)


def _moment(text: str) -> date | datetime | str:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text.upper())
    except ValueError:  # the 31st of February: whoever reads the key says what it expects
        pass
    return text
