"""What people read: labels with units, and how numbers are written."""

from __future__ import annotations

import re

SMART_NUMBER = "SMART_NUMBER"
"""Superset's own: 1.23k, 4.5M, 6.7B."""
_TIME_DIRECTIVE = re.compile(r"%[A-Za-z]")
_IDENTIFIER = re.compile(r"(^|_)(id|year|month|day|rank|code|number)$")
_SCALE = re.compile(r"(?:numeric|decimal)\(\d+,(\d+)\)$")


def label_of(name: str, label: str = "", unit: str = "") -> str:
    """A label with its unit; a name without a label is written as words.

    >>> label_of("total_gross", unit="USD"), label_of("votes", "Votes cast")
    ('Total gross (USD)', 'Votes cast')
    """
    words = label or name.replace("_", " ")
    text = words[:1].upper() + words[1:]
    return f"{text} ({unit})" if unit and f"({unit})" not in text else text


def offers_unit(number_format: str) -> bool:
    """Whether a number of this format still needs its unit: a percentage says its own.

    >>> offers_unit(",.0f"), offers_unit(".1%")
    (True, False)
    """
    return not number_format.endswith("%")


def is_time_format(number_format: str) -> bool:
    """Whether a metric's format is one of moments.

    >>> is_time_format("%d.%m.%Y"), is_time_format(".1%")
    (True, False)
    """
    return _TIME_DIRECTIVE.search(number_format) is not None


def axis_format(number_format: str) -> str:
    """How an axis writes numbers that stand alone as `number_format`: 4,200,000,000 leaves no room
    for the bars. Who asks for decimals has small numbers.

    >>> axis_format(",.0f"), axis_format(",.2f"), axis_format(".1%"), axis_format("")
    ('SMART_NUMBER', ',.2f', '.1%', 'SMART_NUMBER')
    """
    is_long = number_format in ("", ",d", ",.0f") or is_time_format(number_format)
    return SMART_NUMBER if is_long else number_format


def title_margin(number_format: str) -> int:
    """Pixels between an upright axis and its title: as wide as its numbers.

    >>> title_margin("SMART_NUMBER"), title_margin(",.2f")
    (50, 70)
    """
    return 70 if number_format.startswith(",.") else 50


def column_format(name: str, type_name: str) -> str:
    """How a table writes a column of numbers; empty: it holds no numbers.

    >>> column_format("votes", "bigint"), column_format("movie_id", "bigint")
    (',d', 'd')
    >>> column_format("gross", "numeric(18,2)"), column_format("title", "text")
    (',.2f', '')
    """
    if type_name in ("smallint", "integer", "bigint"):
        return "d" if _IDENTIFIER.search(name) else ",d"
    if scale := _SCALE.match(type_name):
        return f",.{scale[1]}f"
    return ",.2f" if type_name in ("numeric", "double precision", "real") else ""
