"""Errors of an author's SQL, with the line in the author's own file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from medallion.errors import WarehouseRefused
from medallion.sql.problem import excerpt, place_of_offset
from medallion.warehouse.session.refused_query import QueryRefused, query_refusals


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
        WarehouseRefused: PostgreSQL refuses the query. An error found while it runs (a division by
            zero) has no line.
    """
    try:
        with query_refusals(before):
            yield
    except QueryRefused as refused:
        at = None if refused.offset is None else origin(refused.offset)
        raise WarehouseRefused(
            f"{what}: {_said(refused, path, text, at)}",
            remedy=f"{refused.remedy}. The published table is untouched",
        ) from None


def _said(refused: QueryRefused, path: str, text: str, at: int | None) -> str:
    said = f"PostgreSQL refuses it: {refused.said}{refused.detail} {refused.code}"
    if at is None:
        return f"{path}: {said}"
    line, column = place_of_offset(text, at)
    return f"{path}:{line}:{column}: {said}\n{excerpt(text, at)}"
