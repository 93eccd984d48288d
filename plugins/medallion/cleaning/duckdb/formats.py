"""Text → moment by a strptime format: exactly this text, each number with all its digits.

DuckDB's strptime accepts fewer digits than a code has (26 for `%Y` is the year 26), blanks around
the text, any run of blanks for one, the 366th day of any year, and a weekday that is not the
date's. So a regular expression made from the format decides first what is accepted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from medallion.cleaning.declared.types import ColumnType
from medallion.cleaning.duckdb.casts import call, where
from medallion.cleaning.verbs.templates import fill

DEFAULT_PIVOT_YEAR = 1969
"""`69` is 1969 and `68` is 2068, as POSIX and Python have it."""

_OF_CODES = {
    "Y": "[0-9]{4}",
    **dict.fromkeys(("y", "m", "d", "H", "I", "M", "S", "U", "W"), "[0-9]{2}"),
    **dict.fromkeys(("-y", "-m", "-d", "-H", "-I", "-M", "-S"), "[0-9]{1,2}"),
    "j": "[0-9]{3}",
    "-j": "[0-9]{1,3}",
    **dict.fromkeys(("w", "u"), "[0-9]"),
    "f": "[0-9]{1,6}",
    "g": "[0-9]{1,3}",
    "n": "[0-9]{1,6}0{0,3}",
    **dict.fromkeys(("a", "A", "b", "B", "p"), "[A-Za-z]+"),
    "z": "[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9](?::[0-5][0-9])?)?",
    "Z": "[A-Za-z][A-Za-z0-9_+/-]*",
    "%": "%",
}
_IN_FULL = {"%c": "%Y-%m-%d %H:%M:%S", "%x": "%Y-%m-%d", "%X": "%H:%M:%S"}
_SHORT_YEARS = ("%y", "%-y")
_CODE = re.compile(r"%(-?.)", re.DOTALL)
_SAYS_IT_TWICE = {"j": "%j", "-j": "%-j", "a": "%a", "A": "%A"}
"""What a moment has to be again once it was read."""

_PIECES = re.compile(r"%-?.|[^%]+", re.DOTALL)


def by_format(
    value: exp.Expr, column_type: ColumnType, format_: str, pivot_year: int | None
) -> exp.Expr:
    """The moment of a text in this format, as the type; in UTC unless the format has %z. NULL if
    the text does not match."""
    pieces = _pieces(format_)
    text = _with_century(value, pieces, pivot_year or DEFAULT_PIVOT_YEAR)
    long_years = ("%Y" if piece in _SHORT_YEARS else piece for piece in pieces)
    moment = call("try_strptime", text, "".join(long_years))
    kept = [
        call("regexp_full_match", value, _pattern(pieces)),
        exp.Between(
            this=call("year", moment), low=exp.Literal.number(1), high=exp.Literal.number(9999)
        ),
        *_agreements(value, moment, pieces),
    ]
    target = exp.DataType.build(column_type.element.duckdb, dialect="duckdb")
    return where(exp.and_(*kept), exp.Cast(this=moment, to=target))


def _pieces(format_: str) -> list[str]:
    """Codes and the texts between them.

    >>> _pieces("%d/%-m %X")
    ['%d', '/', '%-m', ' ', '%H', ':', '%M', ':', '%S']
    """
    found = _PIECES.findall(format_)
    return [piece for one in found for piece in _PIECES.findall(_IN_FULL.get(one, one))]


def _pattern(pieces: Sequence[str], group: int | None = None) -> str:
    """What a text of these pieces looks like; `group`: the piece that is captured.

    >>> _pattern(["%d", ".", "%Y"])
    '[0-9]{2}\\\\.[0-9]{4}'
    """
    found = [
        _OF_CODES[code[1]] if (code := _CODE.fullmatch(piece)) else re.escape(piece)
        for piece in pieces
    ]
    if group is not None:
        found[group] = f"({found[group]})"
    return "".join(found)


def _with_century(value: exp.Expr, pieces: Sequence[str], pivot_year: int) -> exp.Expr:
    """The text with four digits for a year of two: the one in the hundred years from the pivot."""
    at = next((at for at, piece in enumerate(pieces) if piece in _SHORT_YEARS), None)
    if at is None:
        return value
    before, after = _pattern(pieces[:at]), _pattern(pieces[at + 1 :])
    pattern = f"^({before})({_pattern(pieces[at : at + 1])})({after})$"
    century, first = divmod(pivot_year, 100)
    return fill(
        """
        concat(
            regexp_extract(value, pattern, 1),
            CASE
                WHEN TRY_CAST(regexp_extract(value, pattern, 2) AS INTEGER) >= first THEN this
                ELSE next
            END,
            lpad(regexp_extract(value, pattern, 2), 2, '0'),
            regexp_extract(value, pattern, 3)
        )
        """,
        value=value,
        pattern=pattern,
        first=exp.Literal.number(first),
        this=f"{century:02d}",
        next=f"{century + 1:02d}",
    )


def _agreements(value: exp.Expr, moment: exp.Expr, pieces: Sequence[str]) -> list[exp.Expr]:
    """That the day of the year and the weekday are the date's. With a zone, it may be another's."""
    if "%z" in pieces or "%Z" in pieces:
        return []
    return [
        fill(
            "lower(strftime(moment, code)) = lower(regexp_extract(value, pattern, 1))",
            moment=moment,
            code=_SAYS_IT_TWICE[piece[1:]],
            value=value,
            pattern=f"^{_pattern(pieces, at)}$",
        )
        for at, piece in enumerate(pieces)
        if piece[1:] in _SAYS_IT_TWICE and piece.startswith("%")
    ]
