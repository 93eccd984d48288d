"""What PostgreSQL refuses of an author's SQL, with the line of the author's own text."""

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
    """Say where in the author's file the query stands that PostgreSQL refuses.

    Args:
        what: is built of it.
        path: the author's file.
        text: the author's query.
        origin: from a character of the query as it is sent to one of the author's.
        before: characters of ours before the query in the statement.

    Raises:
        WarehouseRefused: PostgreSQL refuses the query itself. Where that is only found on the way
            (a division by zero), there is no line.
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
