"""The functions of the engine that read a file."""

from __future__ import annotations

from sqlglot import exp

from medallion.cleaning.engines.functions import known


def table_function(name: str, path: str, **options: exp.Expr) -> exp.Expr:
    """A call of one, with its options by their names."""
    named = [
        exp.EQ(this=exp.to_identifier(key), expression=value) for key, value in options.items()
    ]
    return exp.Anonymous(this=known(name), expressions=[exp.Literal.string(path), *named])
