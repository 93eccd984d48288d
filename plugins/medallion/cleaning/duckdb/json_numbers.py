"""Numbers of JSON with every digit that they were written with.

DuckDB reads a number with a point or an exponent as a double: 1234567890.12345678 loses a digit,
and 1.10 becomes 1.1. A whole number of more than 64 bits it keeps as it is spelled. So a point or
an exponent between digits becomes a row of digits before the JSON is parsed, and itself again in
what was taken of it. Texts and keys with such a number in them go the same way there and back.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from medallion.cleaning.verbs.templates import fill

if TYPE_CHECKING:
    from sqlglot import exp

_START = "9526018150830166"
_CODES = {
    ".": "9131860130603082",
    "e": "9462814821351810",
    "e-": "9378657754323148",
    "e+": "9757411862527601",
    "E": "9855577114710474",
    "E-": "9650752170342366",
    "E+": "9712768426846563",
}
"""Each has its only 9 in front: they do not overlap, and are found where they were put. With
`_START`, which also stands before a leading zero, a number has more than 64 bits.
"""

_EXPONENT = "[0-9][eE][-+]?[0-9]"


def keep_digits(json: exp.Expr) -> exp.Expr:
    """A JSON text as one whose numbers DuckDB leaves alone; `as_written` undoes it in its parts."""
    in_full = json
    for mark in _CODES:
        in_full = _coded(in_full, mark)
    return fill(
        "CASE WHEN regexp_matches(json, exponent) THEN in_full ELSE with_points END",
        json=json,
        exponent=_EXPONENT,
        in_full=in_full,
        with_points=_coded(json, "."),
    )


def as_written(text: exp.Expr) -> exp.Expr:
    """What was taken of such a JSON text, as its source wrote it."""
    found = text
    for mark, code in (("", _START), *_CODES.items()):
        found = fill("replace(text, code, mark)", text=found, code=code, mark=mark)
    return fill(
        "CASE WHEN contains(text, start) THEN found ELSE text END",
        text=text,
        start=_START,
        found=found,
    )


def coded_key(name: str) -> str:
    """A key as it stands in such a JSON text.

    >>> coded_key("v1.2"), coded_key("version 1.2") == "version 1.2"
    ('v1.2', False)
    """
    for mark, code in _CODES.items():
        name = re.sub(_pattern(mark), rf"\g<1>{_START}\g<2>{code}\g<3>", name)
    return name


def _coded(json: exp.Expr, mark: str) -> exp.Expr:
    return fill(
        "regexp_replace(json, pattern, coded, 'g')",
        json=json,
        pattern=_pattern(mark),
        coded=rf"\1{_START}\2{_CODES[mark]}\3",
    )


def _pattern(mark: str) -> str:
    """A number follows a blank or a sign of JSON. The digits of `\\u00e9` in a text do not."""
    return rf"([-:,\[\s])([0-9]+){re.escape(mark)}([0-9])"
