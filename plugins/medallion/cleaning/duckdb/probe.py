"""Asks DuckDB itself about a regular expression or an expression, without data.

DuckDB is slow to import: `spec.cache.engine` keeps the answers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from medallion.cleaning.duckdb.asking import engine
from medallion.sql.problem import place_of_offset

if TYPE_CHECKING:
    import duckdb

_LINE = re.compile(r"^LINE (\d+):", re.MULTILINE)


def pattern_problem(pattern: str, replacement: str, group: int) -> str:
    """DuckDB's message about a regular expression or its replacement; empty if it accepts both."""
    import duckdb

    try:
        engine().execute(
            "SELECT regexp_replace('', ?, ?, 'g'), regexp_replace('', ?, ?)",
            [pattern, replacement, pattern, f"\\{group}"],
        )
    except duckdb.Error as error:
        return _text_of(error)
    return ""


def _text_of(error: duckdb.Error) -> str:
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
    try:
        # `sql` would leave the line out of its message.
        described = engine().execute(expression.type_question(columns)).description
    except duckdb.Error as error:
        problem = _line(text, str(error)) + _text_of(error)
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
    """The line of the author's text that DuckDB's message names: a line of ours comes before."""
    found = _LINE.search(message)
    if found is None or "\n" not in text.strip():
        return ""
    return f"line {int(found[1]) - 1} of it: "
