"""Numbers of JSON with every digit that they were written with.

DuckDB reads a number with a point or an exponent as a double: 1234567890.12345678 loses a digit,
and 1.10 becomes 1.1. A whole number of more than 64 bits it keeps as it is spelled. So a point or
an exponent between digits becomes a row of digits before the JSON is parsed, and itself again in
what was taken of it. Texts and keys with such a number in them go the same way there and back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from medallion.cleaning.declared.number_codes import CODES, START, pattern_of
from medallion.cleaning.verbs.templates import fill

if TYPE_CHECKING:
    from sqlglot import exp

_EXPONENT = "[0-9][eE][-+]?[0-9]"


def keep_digits(json: exp.Expr) -> exp.Expr:
    """A JSON text in which DuckDB changes no number. `restore_number` reverses it in what is taken
    from it."""
    in_full = json
    for mark in CODES:
        in_full = _encode(in_full, mark)
    return fill(
        "CASE WHEN regexp_matches(json, exponent) THEN in_full ELSE with_points END",
        json=json,
        exponent=_EXPONENT,
        in_full=in_full,
        with_points=_encode(json, "."),
    )


def restore_number(text: exp.Expr) -> exp.Expr:
    """A part of such a JSON text, as its source wrote it."""
    found = text
    for mark, code in (("", START), *CODES.items()):
        found = fill("replace(text, code, mark)", text=found, code=code, mark=mark)
    return fill(
        "CASE WHEN contains(text, start) THEN found ELSE text END",
        text=text,
        start=START,
        found=found,
    )


def _encode(json: exp.Expr, mark: str) -> exp.Expr:
    return fill(
        "regexp_replace(json, pattern, coded, 'g')",
        json=json,
        pattern=pattern_of(mark),
        coded=rf"\1{START}\2{CODES[mark]}\3",
    )
