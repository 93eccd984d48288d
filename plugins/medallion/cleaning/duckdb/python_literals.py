r"""Lists, tuples and dicts as Python prints them, as JSON: `['a', "it's"]`, `(48.9, 2.4)`,
`{'id': 1, 'name': None}`.

A text is cut into Python's own tokens, each of which has one counterpart in JSON. One that is not
made of such tokens alone (a set, `nan`, bytes, an escape that JSON lacks) is refused: nothing is
evaluated, and nothing guessed. Whether the tokens are in an order that means anything, the JSON
says that comes out.
"""

from __future__ import annotations

from sqlglot import exp

from medallion.cleaning.declared.types import PYTHON
from medallion.cleaning.duckdb.naming import column_of
from medallion.cleaning.duckdb.reading import Column
from medallion.cleaning.verbs.refusal import refuse
from medallion.cleaning.verbs.templates import fill

REASON = "is not a list, a tuple or a dict as Python writes it"

_ESCAPED = r"""\\(?:[\\'"nrtbf]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4})"""
_ATOM = "|".join(
    (
        rf"'(?:[^'\\[:cntrl:]]|{_ESCAPED})*'",
        rf'"(?:[^"\\[:cntrl:]]|{_ESCAPED})*"',
        "None|True|False",
        r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?",
    )
)
_BLANK = r"[ \t\r\n]"
_TOKEN = "|".join(
    (
        rf"\({_BLANK}*(?:,|{_ATOM}){_BLANK}*\)",  # no tuple: one has a comma behind its element
        _ATOM,
        r",\)",
        r"[\[\](){}:,]",
        rf"{_BLANK}+",
    )
)
_JSON = r"""
    array_to_string(
        list_transform(
            regexp_extract_all(value, token),
            LAMBDA t: CASE
                WHEN t = 'None' THEN 'null'
                WHEN t = 'True' THEN 'true'
                WHEN t = 'False' THEN 'false'
                WHEN t = '(' THEN opened
                WHEN t = ')' OR t = ',)' THEN closed
                WHEN starts_with(t, '(') THEN 'x'
                WHEN starts_with(t, squote) OR starts_with(t, dquote) THEN quoted
                ELSE t
            END
        ),
        ''
    )
"""
_STRING = r"""
    dquote || replace(
        regexp_replace(
            replace(
                replace(
                    replace(
                        replace(substr(t, 2, length(t) - 2), two_backslashes, chr(1)),
                        escaped_squote, squote
                    ),
                    escaped_dquote, dquote
                ),
                dquote, escaped_dquote
            ),
            hex_code, as_code, 'g'
        ),
        chr(1), two_backslashes
    ) || dquote
"""


def is_literal(column: Column) -> bool:
    """Whether a column's texts are written as Python prints lists, tuples and dicts."""
    return PYTHON in column.spec.format


def as_json(column: Column) -> exp.Expr:
    """A column's text as JSON, or refused; one that means NULL stays as it is."""
    text = column_of(column.name)
    if not is_literal(column):
        return text
    case = exp.Case()
    if column.null_values:
        case = case.when(text.isin(*column.null_values), text.copy())
    whole = fill("regexp_full_match(value, whole)", value=text, whole=f"(?:{_TOKEN})*")
    is_set = exp.not_(text.copy().is_(exp.null()))
    is_whole = exp.and_(whole, _closes_its_tuples(text))
    return case.when(is_whole, _translate(text, "[", "]")).when(is_set, refuse(text, REASON))


def _closes_its_tuples(text: exp.Expr) -> exp.Expr:
    """Whether each round bracket is closed by a round one: `(1]` would be JSON, too."""
    apart = _translate(text, '{"":[', "]}")
    return fill("NOT regexp_matches(value, '[()]') OR json_valid(apart)", value=text, apart=apart)


def _translate(text: exp.Expr, opened: str, closed: str) -> exp.Expr:
    """As JSON; what a tuple begins and ends with."""
    marks = {"squote": "'", "dquote": '"'}
    quoted = fill(
        _STRING,
        two_backslashes="\\\\",
        escaped_squote=r"\'",
        escaped_dquote=r"\"",
        hex_code=r"\\x([0-9a-fA-F]{2})",
        as_code=r"\\u00\1",
        **marks,
    )
    around = {"opened": opened, "closed": closed}
    return fill(_JSON, value=text, token=_TOKEN, quoted=quoted, **around, **marks)
