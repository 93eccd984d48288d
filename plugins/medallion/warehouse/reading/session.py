"""A transaction that only reads, on an ADBC connection. Its snapshot is that of its first query.

ADBC hands its rows over as Arrow, and reads a query by COPY: some ten times as fast as rows in
Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from psycopg import sql

from medallion.names import TableName
from medallion.warehouse.session.arrow import connect_arrow
from medallion.warehouse.session.connection import translate_errors
from medallion.warehouse.session.statements import statements

if TYPE_CHECKING:
    import pyarrow as pa

SQL = "reading/ledger.sql"
_BEGIN = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"


class ReadSession:
    """What one transaction asks. Errors of the driver pass: `read_session` translates them."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def rows(self, statement: str, *values: str) -> list[dict[str, Any]]:
        """The rows of a named statement of `ledger.sql`; its parameters are texts."""
        with self._connection.cursor() as cursor:
            cursor.execute(statements(SQL)[statement].as_string(), values or None)
            found: list[dict[str, Any]] = cursor.fetch_arrow_table().to_pylist()
            return found

    def run(self, statement: sql.Composable) -> None:
        """Run a statement that gives no rows, as text: the driver takes no composed SQL."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement.as_string())

    @contextmanager
    def stream(self, query: sql.Composable) -> Iterator[pa.RecordBatchReader]:
        """The rows of a query, some 16 MB at a time, as they arrive."""
        with self._connection.cursor() as cursor:
            cursor.execute(query.as_string())
            yield cursor.fetch_record_batch()

    def note_rows(self, table: TableName, rows: int) -> None:
        """Leave in the server's log how many rows of a table the reader has got: the journal of
        reads takes it from there, and no right to write is needed."""
        note = statements(SQL)["note_rows"].format(said=sql.Literal(f"{table} {rows}"))
        with suppress(Exception):  # the rows are there, whether there is a note of them or not
            self.run(note)

    def start_over(self) -> None:
        """Begin another transaction: after an error, the server answers nothing in this one."""
        self._connection.rollback()
        self.begin()

    def begin(self) -> None:
        """Say what the transaction is. What follows may take locks before its snapshot is taken."""
        self.run(sql.SQL(_BEGIN))


@contextmanager
def read_session(url: str, doing: str) -> Iterator[ReadSession]:
    """One transaction of a reader, rolled back when the block ends.

    Args:
        url: a libpq URL or connection string; what it leaves out, libpq takes from PG… variables,
            the service file and the password file.
        doing: what the block does, for an error's first words.

    Raises:
        WarehouseUnavailable, WarehouseRefused, QueryCancelled: by who must act.
    """
    with (
        translate_errors(doing),
        connect_arrow(url, fallback_application_name="medallion.client") as connection,
    ):
        session = ReadSession(connection)
        session.begin()
        try:
            yield session
        finally:
            connection.rollback()


def quote(*names: str) -> sql.Identifier:
    """A quoted name, for the statements that this room composes."""
    return sql.Identifier(*names)
