"""The names inside the cleaning query. A silver column never begins with an underscore: ours do."""

from __future__ import annotations

from sqlglot import exp


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
