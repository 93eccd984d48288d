"""The names inside the cleaning query. A silver column never begins with an underscore: ours do."""

from __future__ import annotations

from sqlglot import exp

REASONS = "_reasons"
"""Why a row goes to quarantine: a list of texts, NULL for a good row."""

RAW = "_raw"
"""The record of a row that goes to quarantine."""

DISCARDED = "_discarded"
"""Whether the filter or the schema contract does not want the row: a column where there is one."""

NULLED = "_nulled"
"""The columns of the row whose values are discarded; a column where the contract discards some."""

STRANGE = "_strange"
"""Whether the record has a field that the spec does not name."""

NUMBER = "_number"
"""The record's number in its part, from 1: a column where the rows do not come in their order."""

OK = "_ok"
"""Whether everything about the row is as the spec declares."""


def column_of(name: str, table: str | None = None) -> exp.Column:
    """A quoted column reference."""
    return exp.column(exp.to_identifier(name, quoted=True), table=table, quoted=True)


def name_value(name: str, value: exp.Expr) -> exp.Expr:
    """The value with a quoted alias."""
    return exp.alias_(value, name, quoted=True, copy=False)


def value_of(column: str) -> str:
    """The helper column with the typed value; the column's own name holds its text.

    >>> value_of("fee")
    '_value_fee'
    """
    return f"_value_{column}"


def flag_of(flag: str, column: str) -> str:
    """A helper column that says something about the column's text."""
    return f"_{flag}_{column}"


def lookup_relation(column: str) -> str:
    """The relation registered for a column's look-up: `_key` and `_value`, texts, keys unique."""
    return f"lookup__{column}"
