"""What PostgreSQL refuses of an author's SQL, with the line of the author's own text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from medallion.errors import WarehouseRefused
from medallion.sql.problem import excerpt, place_of_offset

_OF_THE_SQL = ("42", "22", "21", "0A")
"""Classes of SQLSTATE that say something of the query, and not of the server."""

_REMEDIES = {
    "42703": "correct the name: a column is one of the tables in FROM",
    "42P01": "correct the name: a table in FROM has a schema, an alias is one of this query",
    "42702": "write the table's alias before the column",
    "42701": "give each column of the SELECT a name of its own: AS …",
    "42803": "add the column to GROUP BY, or put it into an aggregate",
    "42883": "the types do not go together: write CAST(… AS …)",
    "42804": "the types do not go together: write CAST(… AS …)",
    "22012": "write nullif(…, 0) around what is divided by",
    "22P02": "a text does not read as the type it is cast to: leave such rows out, or say what "
    "they are, with CASE",
    "22003": "a number is too large for its type: cast to numeric or bigint first",
    "21000": "a subquery in the place of a value gives several rows: aggregate them, or LIMIT 1",
}
_OF_NAMES = ("42703", "42P01")
_REMEDY = "correct the SQL: it is PostgreSQL's"
_UNTOUCHED = "The published table is untouched"


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
        yield
    except psycopg.Error as error:
        if not is_of_the_sql(error):
            raise
        offset = offset_of(error, before)
        at = None if offset is None else origin(offset)
        raise WarehouseRefused(
            f"{what}: {_said(error, path, text, at)}", remedy=f"{remedy_of(error)}. {_UNTOUCHED}"
        ) from None


def is_of_the_sql(error: psycopg.Error) -> bool:
    """Whether the query's author must act; of rights, somebody else must."""
    code = error.sqlstate or ""
    return code[:2] in _OF_THE_SQL and code != "42501"


def offset_of(error: psycopg.Error, before: int) -> int | None:
    """The character of the author's query, as it was sent, that an error points at."""
    position = int(error.diag.statement_position or 0) - 1
    return position - before if position >= before else None


def remedy_of(error: psycopg.Error) -> str:
    """What the author can do: of a name that is close, the server's own hint says most."""
    code, hint = error.sqlstate or "", (error.diag.message_hint or "").rstrip(".")
    known = _REMEDIES.get(code, "")
    return (hint or known if code in _OF_NAMES else known or hint) or _REMEDY


def _said(error: psycopg.Error, path: str, text: str, at: int | None) -> str:
    detail = f" ({error.diag.message_detail})" if error.diag.message_detail else ""
    said = f"PostgreSQL refuses it: {error.diag.message_primary}{detail} [{error.sqlstate}]"
    if at is None:
        return f"{path}: {said}"
    line, column = place_of_offset(text, at)
    return f"{path}:{line}:{column}: {said}\n{excerpt(text, at)}"
