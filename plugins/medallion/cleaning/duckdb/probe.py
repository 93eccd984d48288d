"""Asks DuckDB itself about a regular expression or an expression, without data.

DuckDB is slow to import: `spec.cache.engine` keeps the answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from medallion.sql.problem import place_of_offset

if TYPE_CHECKING:
    import duckdb

_LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)


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

    from medallion.cleaning.duckdb.expressions import ExpressionRefused, read_expression

    try:
        expression = read_expression(text, columns)
    except ExpressionRefused as refused:
        place = _place(text, refused.offset)
        return {"problem": place + refused.problem, "remedy": refused.remedy}
    with _engine() as connection:
        try:
            # `sql` would leave the line out of its message.
            described = connection.execute(expression.type_question(columns)).description
        except duckdb.Error as error:
            problem = _line(text, str(error)) + _said(error)
            return {"problem": problem, "remedy": "the dialect is DuckDB's"}
    return {
        "type": str(described[0][1] if described else ""),
        "columns": " ".join(sorted(expression.references)),
    }


def _place(text: str, offset: int) -> str:
    """Where in a text of several lines; nothing in one that has one line."""
    line, column = place_of_offset(text, offset)
    return f"line {line}, column {column} of it: " if "\n" in text.strip() else ""


def _line(text: str, message: str) -> str:
    """The line of the author's text that DuckDB's message names: a line of ours stands before."""
    found = _LINE.search(message)
    if found is None or "\n" not in text.strip():
        return ""
    return f"line {int(found[1]) - 1} of it: "
