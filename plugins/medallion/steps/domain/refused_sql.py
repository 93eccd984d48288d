"""Errors of an author's SQL, with the line in the author's own file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from medallion.errors import WarehouseRefused
from medallion.spec.models.queries import PLACEHOLDERS
from medallion.sql.postgres_select import select_tree
from medallion.sql.problem import excerpt, place_of_offset
from medallion.sql.suspects import suspects
from medallion.warehouse.session.refused_query import QueryRefused, query_refusals

_MOST_SHOWN = 3
"""Lines of a query that one message shows."""


@contextmanager
def at_its_line(
    what: str, path: str, text: str, origin: Callable[[int], int], before: int
) -> Iterator[None]:
    """Turn PostgreSQL's refusal of a query into an error with the author's line.

    Args:
        what: the name of what the query builds.
        path: the author's file.
        text: the author's query.
        origin: from an offset in the sent query to one in the author's.
        before: the number of our characters before the query in the statement.

    Raises:
        WarehouseRefused: PostgreSQL refuses the query. It gives no place where a value is wrong (a
            division by zero): then the lines are named that it may come from.
    """
    try:
        with query_refusals(before):
            yield
    except QueryRefused as refused:
        at = None if refused.offset is None else origin(refused.offset)
        raise WarehouseRefused(
            f"{what}: {_explain(refused, path, text, at)}",
            remedy=f"{refused.remedy}. The published table is untouched",
        ) from None


def _explain(refused: QueryRefused, path: str, text: str, at: int | None) -> str:
    said = f"PostgreSQL refuses it: {refused.said}{refused.detail} {refused.code}"
    if at is None:
        tree = select_tree(text, PLACEHOLDERS)
        return f"{path}: {said}{possible_places(text, tree, refused.sqlstate)}"
    line, column = place_of_offset(text, at)
    return f"{path}:{line}:{column}: {said}\n{excerpt(text, at)}"


def possible_places(text: str, tree: Mapping[str, Any] | None, code: str, of: str = "") -> str:
    """The end of a message about an error that PostgreSQL gives no place of: the lines where it may
    come from, at most three of them shown; empty where none is known.

    Args:
        text: the author's query.
        tree: what was read of it; None if that was not possible.
        code: the SQLSTATE.
        of: what the lines are of, where the message has not named a file: " of its query".
    """
    by_line = {
        place_of_offset(text, offset)[0]: offset
        for offset in reversed(suspects(text, tree, code) if tree else ())
    }
    if not by_line:
        return ""
    lines = sorted(by_line)
    named = f"line {lines[0]}" if len(lines) == 1 else f"one of the lines {_list(lines)}"
    shown = "\n".join(excerpt(text, by_line[line]) for line in lines[:_MOST_SHOWN])
    return f". It met this while it ran, at {named}{of}:\n{shown}"


def _list(lines: Sequence[int]) -> str:
    return f"{', '.join(map(str, lines[:-1]))} and {lines[-1]}"
