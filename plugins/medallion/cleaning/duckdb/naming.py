"""The names inside the cleaning query. A silver column never begins with an underscore: ours do."""

from __future__ import annotations

from sqlglot import exp


def column_of(name: str, table: str | None = None) -> exp.Column:
    """A column, quoted."""
    return exp.column(exp.to_identifier(name, quoted=True), table=table, quoted=True)


def named(name: str, value: exp.Expr) -> exp.Expr:
    """A value under a name, quoted."""
    return exp.alias_(value, name, quoted=True, copy=False)


def value_of(column: str) -> str:
    """Where the typed value of a column stands beside its text."""
    return f"_value_{column}"


def flag_of(flag: str, column: str) -> str:
    """Where something that is true of a column's text stands."""
    return f"_{flag}_{column}"


def lookup_relation(column: str) -> str:
    """The relation (key, value), both texts, keys unique, that a column is looked up in."""
    return f"lookup__{column}"
