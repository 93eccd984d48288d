"""A statement asked of the database that a connection leads to, by the reader of its kind."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from medallion.sources.base.source import ConnectionDetails, ExtractRequest
from medallion.sources.database.kinds import kind_of

if TYPE_CHECKING:
    from medallion.sources.database.catalogue import CatalogueTable
    from medallion.sources.database.query import Statement
    from medallion.sources.database.rows import Rows


def open_statement(
    details: ConnectionDetails, statement: Statement, request: ExtractRequest
) -> AbstractContextManager[Rows]:
    """The rows of a statement in one snapshot, as long as the block lasts.

    Raises:
        SourceUnavailable, SourceRefused: in the block too.
        SetupError: the connection is wrong, or leads to a file of the platform itself.
    """
    from medallion.sources.database.readers import READERS

    return READERS[kind_of(details.conn_type).reader](details, statement, request)


def read_catalogue(conn_id: str, table: str, request: ExtractRequest) -> CatalogueTable | None:
    """What the database's catalogue says of a table; None where it is not known.

    Raises:
        SourceUnavailable, SourceRefused, SetupError: as `open_statement`.
    """
    from medallion.sources.database.catalogue import statement_of_catalogue, table_of

    details = request.connection(conn_id)
    statement = statement_of_catalogue(table, kind_of(details.conn_type).dialect)
    if statement is None:
        return None
    with open_statement(details, statement, request) as rows:
        return table_of(rows)


def read_column_names(
    details: ConnectionDetails, statement: Statement, request: ExtractRequest
) -> tuple[str, ...]:
    """The columns that a statement gives, without its rows.

    Raises:
        SourceUnavailable, SourceRefused, SetupError: as `open_statement`.
    """
    from medallion.sources.database.query import first_rows

    with open_statement(details, first_rows(statement, 0), request) as rows:
        return tuple(rows.schema.names)
