"""What the warehouse says of a query as a domain's role: it is prepared, and not run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from medallion.names import TableName
from medallion.publish.relations import Column
from medallion.warehouse.roles.domain_role import DomainRole, role_of
from medallion.warehouse.session.connection import connect, translate_errors
from medallion.warehouse.session.prepare import prepare_query
from medallion.warehouse.session.refused_query import query_refusals
from medallion.warehouse.session.relations import columns_of


class NotAsked(Exception):
    """There is no verdict; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where queries of one domain are asked about."""

    loader: psycopg.Connection
    role: DomainRole

    def columns(self, query: str, tables: Sequence[TableName]) -> tuple[Column, ...]:
        """The columns of a query's result.

        Args:
            query: one statement, without parameters.
            tables: those that it reads.

        Raises:
            NotAsked: tables were never published, or the role has no right to them yet, or there is
                no role.
            QueryRefused: the query is wrong.
        """
        if missing := [str(table) for table in tables if not columns_of(self.loader, table)]:
            raise NotAsked(f"{', '.join(missing)} was never published")
        try:
            with query_refusals(), psycopg.connect(self.role.url) as session:
                session.read_only = True
                return prepare_query(session, query)
        except psycopg.Error as error:
            said = error.diag.message_primary or str(error).strip().split("\n")[-1]
            raise NotAsked(f"the domain's role cannot ask: {said}") from None


@contextmanager
def open_desks(url: str) -> Iterator[Callable[[str, str | None], Desk]]:
    """Gives the desk of a domain, by its name and by the URL that its own connection has.

    Raises:
        WarehouseUnavailable: the server does not answer; within the block too.
    """
    with translate_errors("asking the warehouse"), connect(url) as loader:
        yield lambda domain, given: Desk(loader=loader, role=role_of(loader, url, domain, given))


def as_relation(select: str) -> str:
    """A SELECT as another one can read from it. It may end with a comment.

    >>> as_relation("select 1 -- one")
    '(\\nselect 1 -- one\\n)'
    """
    return sql.SQL("(\n{}\n)").format(sql.SQL(select)).as_string()


def relation_without_rows(kinds: Mapping[str, str]) -> str:
    """What a query can read from: NULL in each of these columns, with its type.

    >>> relation_without_rows({"id": "bigint", "name": "text"})
    '(SELECT CAST(NULL AS bigint) AS "id", CAST(NULL AS text) AS "name")'

    Args:
        kinds: PostgreSQL's type of each column.
    """
    columns = (
        sql.SQL("CAST(NULL AS {}) AS {}").format(sql.SQL(kind), sql.Identifier(name))
        for name, kind in kinds.items()
    )
    return sql.SQL("(SELECT {})").format(sql.SQL(", ").join(columns)).as_string()
