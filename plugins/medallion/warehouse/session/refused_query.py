"""What PostgreSQL says of a query that it refuses: where in it, and what its author can do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from medallion.warehouse.session.connection import connect
from medallion.warehouse.session.prepare import prepare_query

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
    "22007": "a text does not read as a date or time: leave such rows out, or say how it is "
    "written, with to_date or to_timestamp",
    "22008": "a date or time is out of range: leave such rows out with CASE",
    "2201B": "correct the regular expression: it is PostgreSQL's",
    "2201E": "a logarithm is of numbers above 0: write CASE WHEN … > 0 THEN ln(…) END",
    "2201F": "a root is of numbers from 0, and 0 has no negative power: say so with CASE",
    "22003": "a number is too large for its type: cast to numeric or bigint first",
    "21000": "a subquery in the place of a value gives several rows: aggregate them, or LIMIT 1",
}
_OF_AGGREGATES = (
    (
        re.compile("not allowed in (WHERE|JOIN conditions)"),
        "put the condition on the aggregate into HAVING, after GROUP BY",
    ),
    (re.compile("not allowed in GROUP BY"), "group by columns: an aggregate is of each group"),
    (re.compile("nested"), "make the inner aggregate in a subquery, and the outer one around it"),
)
"""What the server says under one code with an aggregate in a wrong place, where it speaks English.
"""
_OF_NAMES = ("42703", "42P01")
_REMEDY = "correct the SQL: it is PostgreSQL's"


class QueryRefused(Exception):
    """The server's verdict on a query, not on rights and not on the server.

    Attributes:
        offset: the character of the query that is wrong, from 0; None: the server names none.
        said: the server's words; `sqlstate`: its code; `code`: that in brackets.
        problem: words and code, as a sentence.
        detail: its second line in brackets, or nothing.
        remedy: what the author can do.
    """

    def __init__(self, error: psycopg.Error, before: int) -> None:
        super().__init__(str(error))
        self.offset = _offset_of(error, before)
        self.said = f"{error.diag.message_primary}"
        self.sqlstate = error.sqlstate or ""
        self.code = f"[{error.sqlstate}]"
        self.problem = f"PostgreSQL refuses it: {self.said} {self.code}"
        self.detail = f" ({error.diag.message_detail})" if error.diag.message_detail else ""
        self.remedy = _remedy_of(error)


@contextmanager
def query_refusals(before: int = 0) -> Iterator[None]:
    """Turn errors of the query itself into QueryRefused; others stay what they are.

    Args:
        before: characters of ours before the query in the statement.
    """
    try:
        yield
    except psycopg.Error as error:
        if not _is_of_the_sql(error):
            raise
        raise QueryRefused(error, before) from None


def refusal_of(url: str, query: str) -> QueryRefused | None:
    """Why the server refuses a query, asked by preparing it; None if it accepts it or cannot be
    asked."""
    try:
        with query_refusals(), connect(url) as session:
            prepare_query(session, query)
    except QueryRefused as refused:
        return refused
    except psycopg.Error:
        return None
    return None


def find_code(name: str) -> str:
    """The SQLSTATE of an error by the name that drivers give its class; empty if there is none.

    >>> find_code("DivisionByZero")
    '22012'
    """
    error = getattr(errors, name, None)
    return str(getattr(error, "sqlstate", None) or "")


def remedy_for(code: str) -> str:
    """What the author can do about an error; empty if nothing is known about its SQLSTATE.

    >>> remedy_for(find_code("DivisionByZero"))
    'write nullif(…, 0) around what is divided by'
    """
    return _REMEDIES.get(code, "")


def _is_of_the_sql(error: psycopg.Error) -> bool:
    """Whether the query's author must act; of rights, somebody else must."""
    code = error.sqlstate or ""
    return code[:2] in _OF_THE_SQL and code != "42501"


def _offset_of(error: psycopg.Error, before: int) -> int | None:
    """The character of the author's query, as it was sent, that an error points at."""
    position = int(error.diag.statement_position or 0) - 1
    return position - before if position >= before else None


def _remedy_of(error: psycopg.Error) -> str:
    """What the author can do: of a name that is close, the server's own hint says most."""
    code, hint = error.sqlstate or "", (error.diag.message_hint or "").rstrip(".")
    known = _remedy_of_aggregate(error) or _REMEDIES.get(code, "")
    return (hint or known if code in _OF_NAMES else known or hint) or _REMEDY


def _remedy_of_aggregate(error: psycopg.Error) -> str:
    said = str(error.diag.message_primary) if error.sqlstate == "42803" else ""
    return next((remedy for words, remedy in _OF_AGGREGATES if words.search(said)), "")
