"""A table or a query of a database, through an Airflow connection, landed as Parquet."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import model_validator

from medallion.records import RecordLayout
from medallion.sources.base.cursor import NOTE, CursorSpec, CursorWatch, format_value
from medallion.sources.base.source import ConnectionDetails, ExtractRequest, Landing
from medallion.sources.database.base import FromDatabase
from medallion.sources.database.kinds import kind_of
from medallion.sources.database.listing import ListedTable, SourceTable, TablesSpec

if TYPE_CHECKING:
    from medallion.sources.database.query import Statement


class DatabaseSource(FromDatabase):
    """A table or a query of a database, read in one read-only transaction."""

    type: Literal["database"]
    query: str | None = None
    """One SELECT, in the database's dialect, instead of `table`. It may hold the words of the data
    interval, such as :data_interval_start: they are bound as parameters."""
    tables: TablesSpec | None = None
    """The list of a schema's tables, instead of what is in one: `{schema: sales}`."""
    cursor: CursorSpec | None = None
    """Read only what is new since the last publication, by a column of the rows that grows."""

    @model_validator(mode="after")
    def _one_of_both(self) -> DatabaseSource:
        if self.tables is not None:
            if self.table is not None or self.query is not None or self.cursor is not None:
                raise ValueError("`tables` lists tables: no `table`, `query` or `cursor` with it")
        elif (self.table is None) == (self.query is None):
            raise ValueError("either `table` or `query` says what is read, and not both")
        return self

    def reads_by(self) -> CursorSpec | None:
        return self.cursor

    def preview(self, start: datetime, end: datetime) -> str:
        asked = self.table or ("the list of tables" if self.tables else "the query")
        if self.cursor is None:
            return asked
        cursor = self.cursor.of_interval(start, end)
        if cursor is None:
            return f"refused: {self.cursor.field} is a number and has no data intervals"
        first, last = format_value(cursor.start), format_value(cursor.end)
        return f"{asked}, {cursor.field} from {first} to before {last}"

    def extract(self, request: ExtractRequest, landing: Landing) -> RecordLayout:
        """Land every row, in one snapshot, in types that keep its values.

        Raises:
            SourceUnavailable: the server does not answer, or ended the connection.
            SourceRefused: it refuses the query, or sends a value that its type cannot hold.
            SetupError: the connection is wrong, or a package is missing.
        """
        from medallion.sources.base.parquet_parts import land_batches
        from medallion.sources.database.cursor import narrow, watch_rows
        from medallion.sources.database.opening import open_statement
        from medallion.sources.database.query import first_rows

        details = request.connection(self.conn_id)
        if self.tables is not None:
            return self._land_listing(request, landing)
        statement = self.statement(details, request)
        if request.cursor is not None:
            function = kind_of(details.conn_type).cursor_function
            statement = narrow(statement, request.cursor, function)
        if request.first is not None:
            statement = first_rows(statement, request.first)
        if request.cursor is None:
            with open_statement(details, statement, request) as rows:
                return land_batches(rows.schema, rows.batches, landing, request.dataset)
        watch = CursorWatch(request.cursor)
        with open_statement(details, statement, request) as rows:
            layout = land_batches(rows.schema, watch_rows(rows, watch), landing, request.dataset)
        landing.note(NOTE, watch.note())
        return layout

    def list_tables(self, request: ExtractRequest, asked: TablesSpec) -> list[ListedTable]:
        """The tables of the schema, each with whether it is known, wanted or gone.

        Raises:
            SourceUnavailable, SourceRefused, SetupError: as `extract`; and where it is not known
                how the database lists them.
        """
        from medallion.sources.database.listing import compare, read_tables, statement_of_tables
        from medallion.sources.database.opening import open_statement

        details = request.connection(self.conn_id)
        statement = statement_of_tables(asked.schema_name, kind_of(details.conn_type).dialect)
        with open_statement(details, statement, request) as rows:
            found: list[SourceTable] = read_tables(rows)
        return compare(found, asked)

    def _land_listing(self, request: ExtractRequest, landing: Landing) -> RecordLayout:
        from medallion.sources.base.parquet_parts import land_batches
        from medallion.sources.database.listing import batch_of, say_changes

        assert self.tables is not None  # noqa: S101  # whoever calls it has looked
        listed = self.list_tables(request, self.tables)
        say_changes(listed, request)
        batch = batch_of(listed)
        return land_batches(batch.schema, [batch], landing, request.dataset)

    def statement(self, details: ConnectionDetails, request: ExtractRequest) -> Statement:
        """The SELECT for the run's data interval, in the connection's dialect; without the
        cursor."""
        from medallion.sources.base.interval_words import values_of
        from medallion.sources.database.query import statement_of_query, statement_of_table

        dialect = kind_of(details.conn_type).dialect
        if self.table is not None:
            return statement_of_table(self.table, dialect)
        values = values_of(*request.run.local_interval())
        return statement_of_query(self.query or "", dialect, values)
