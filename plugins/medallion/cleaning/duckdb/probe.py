"""Asks DuckDB itself about a regular expression or an expression, without data.

DuckDB is slow to import: `spec.cache.engine` keeps the answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def pattern_problem(pattern: str, replacement: str, group: int) -> str:
    """DuckDB's message about a regular expression or its replacement; empty if it accepts both."""
    import duckdb

    with _engine() as connection:
        try:
            connection.execute(
                "SELECT regexp_replace('', ?, ?, 'g'), regexp_replace('', ?, ?)",
                [pattern, replacement, pattern, f"\\{group}"],
            )
        except duckdb.Error as error:
            return _said(error)
    return ""


@contextmanager
def _engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB with no way to a file, the network or an extension."""
    import duckdb

    with duckdb.connect(config={"threads": 1, "memory_limit": "256MB"}) as connection:
        for setting in (
            "SET TimeZone = 'UTC'",
            "SET autoinstall_known_extensions = false",
            "SET autoload_known_extensions = false",
            "SET python_enable_replacements = false",
            "SET enable_external_access = false",
            "SET lock_configuration = true",
        ):
            connection.execute(setting)
        yield connection


def _said(error: duckdb.Error) -> str:
    """DuckDB's message, its first line without the kind of error."""
    return str(error).strip().split("\n")[0].partition("Error: ")[2]


def expression_answer(text: str, columns: dict[str, str]) -> dict[str, str]:
    """DuckDB's answer about an expression: `problem` and `remedy`, or `type` and `columns`.

    Args:
        text: as the spec says it.
        columns: the columns that it may read, each with DuckDB's name of its type.
    """
    import duckdb

    from medallion.cleaning.duckdb.expressions import (
        ExpressionRefused,
        read_expression,
        references,
        type_question,
    )

    try:
        tree = read_expression(text, columns)
    except ExpressionRefused as refused:
        return {"problem": refused.problem, "remedy": refused.remedy}
    with _engine() as connection:
        try:
            (kind,) = connection.sql(type_question(tree, columns)).types
        except duckdb.Error as error:
            return {"problem": _said(error), "remedy": "the dialect is DuckDB's"}
    return {"type": str(kind), "columns": " ".join(sorted(references(tree)))}
