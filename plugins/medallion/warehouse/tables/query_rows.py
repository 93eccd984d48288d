"""The rows that a query of an author gives, for somebody who looks at them: bounded."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from medallion.publish.relations import Column
from medallion.warehouse.session.prepare import prepare_query
from medallion.warehouse.session.refused_query import query_refusals


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryRows:
    """The first rows of a query, in its order; `is_cut`: it has more of them."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]
    is_cut: bool


def query_rows(connection: psycopg.Connection, query: str, most: int) -> QueryRows:
    """Run a query.

    Args:
        connection: of a role that may only read, with a limit on the time of a statement.
        query: one SELECT, without parameters, that the parser has let pass.
        most: so many rows are fetched.

    Raises:
        QueryRefused: the server refuses the query itself; the transaction is over.
        psycopg.Error: anything else.
    """
    with query_refusals():
        columns = prepare_query(connection, query)
        with connection.cursor("query_rows") as cursor:
            cursor.execute(sql.SQL(query))  # an author's, which the parser has read
            rows = cursor.fetchmany(most + 1)
    return QueryRows(columns=columns, rows=tuple(rows[:most]), is_cut=len(rows) > most)
