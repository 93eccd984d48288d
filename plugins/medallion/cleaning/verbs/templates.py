"""DuckDB expressions written as text with named parts: legible SQL that becomes a tree.

A template is our own text. What a spec says is only ever a part, never the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp


def fill(template: str, **parts: exp.Expr | str) -> exp.Expr:
    """The template's tree with each part in place of the column of its name; a str becomes a text
    literal.

    >>> fill("replace(value, old, '')", value="12 €", old=" €").sql("duckdb")
    "REPLACE('12 €', ' €', '')"
    """

    return _with_parts(_parse(template), parts)


def with_value(tree: exp.Expr, value: exp.Expr) -> exp.Expr:
    """A tree with `value` in place of every column of that name."""
    return _with_parts(tree, {"value": value})


def _with_parts(tree: exp.Expr, parts: Mapping[str, exp.Expr | str]) -> exp.Expr:
    from sqlglot import exp

    def part(node: exp.Expr) -> exp.Expr:
        given = parts.get(node.name) if isinstance(node, exp.Column) else None
        if given is None:
            return node
        return exp.Literal.string(given) if isinstance(given, str) else given.copy()

    return tree.transform(part)


@cache
def _parse(template: str) -> exp.Expr:
    import sqlglot

    from medallion.cleaning.engines.functions import function_of

    tree = sqlglot.parse_one(template, dialect="duckdb")
    for node in tree.walk():
        function_of(node)  # refuses what no engine was asked about
    return tree
