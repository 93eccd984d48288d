"""A table that another tool keeps in a database: read as that tool means it.

Such a tool writes columns of its own beside the data: when it has loaded a row, whether the row was
deleted, which state of several is the present one. What they mean is here once; what they are
called, and what else a tool does, says its folder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from medallion.durations import Duration
from medallion.model import SpecModel
from medallion.records import RecordLayout
from medallion.sources.base.cursor import NOTE, CursorSpec, CursorWatch, format_value
from medallion.sources.base.source import ExtractRequest, Landing
from medallion.sources.database.base import FromDatabase
from medallion.sources.database.kinds import kind_of
from medallion.sources.loaded_tables.columns import LoadedColumns, Sieve

if TYPE_CHECKING:
    import pyarrow as pa

    from medallion.sources.database.query import Statement
    from medallion.sources.database.rows import Rows

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class LoadCursor(SpecModel):
    """Read only what the tool has loaded since the last publication, by its own column of times."""

    initial_value: datetime | None = None
    """Where the first run begins: 2026-01-31T00:00:00Z (in UTC without a zone). By default it reads
    everything."""
    lookback: Duration | None = None
    """How far back each run reads again, for rows that become visible late: 1h, 6h. Longer than a
    load takes from its first row to its last. With `append`, which reads nothing again, a load is
    read once it is that old. By default 1h, and 10m of dlt; `0s`: nothing is waited for."""


class LoadedTable(FromDatabase):
    """What the source types of loaded tables have in common; none of them is one by itself."""

    loaded_at: ClassVar[str] = ""
    """The column that says when a row was loaded: the cursor."""
    usual_lookback: ClassVar[str] = "1h"
    tool: ClassVar[str] = ""
    """What the tool is called in messages."""
    history_begins: ClassVar[str] = ""
    """The column that says since when a state holds, where the tool can keep states."""
    own_tables: ClassVar[tuple[str, ...]] = ()
    """Which tables of a schema the tool keeps for itself, as patterns of their names."""
    added: ClassVar[tuple[str, ...]] = ()
    """Columns that `select` gives beside the table's own."""

    table: str = Field(min_length=1, max_length=400)
    """The table, exactly as the database names it: `crm.customers`."""
    cursor: LoadCursor | None = None
    """Read only what was loaded since the last publication: `{}`, or `{lookback: 6h}`. Without it
    each run reads the whole table."""

    def reads_by(self) -> CursorSpec | None:
        if self.cursor is None:
            return None
        said = self.cursor.model_fields_set
        return CursorSpec.model_construct(
            _fields_set={"field", "initial_value", *({"lookback"} & said)},
            field=self.loaded_at,
            initial_value=self.cursor.initial_value or _FIRST,
            lookback=self.cursor.lookback or self.usual_lookback,
        )

    def preview(self, start: datetime, end: datetime) -> str:
        cursor = self.reads_by()
        found = cursor.of_interval(start, end) if cursor else None
        if found is None:
            return self.table
        first, last = format_value(found.start), format_value(found.end)
        return f"{self.table}, {found.field} from {first} to before {last}"

    @property
    def keeps_all_states(self) -> bool:
        """Whether a key is there once for each of its states."""
        return getattr(self, "history", None) == "all"

    def list_deletion_columns(self) -> tuple[str, ...]:
        """The columns that mark a deleted row, where deleted rows are kept; else none."""
        return ()

    def leaves_rows_out(self) -> bool:
        """Whether rows of the table are left out that an earlier run may have published."""
        return False

    def select(self, dialect: str) -> Statement:
        """What is asked, before the cursor."""
        from medallion.sources.database.query import statement_of_table

        return statement_of_table(self.table, dialect)

    def hold_columns(self, columns: LoadedColumns) -> None:
        """Refuse a table that is not what the source takes it for.

        Raises:
            SourceRefused: it lacks a column, or has one that the spec does not say.
        """

    def list_sieves(self, columns: LoadedColumns) -> Sequence[Sieve]:
        """The rows that are left out."""
        return ()

    def find_deleted(self, columns: LoadedColumns) -> str:
        """The flag of deleted rows that each run by the cursor reads again, since a deletion may
        leave the cursor's column as it was; empty: there is none."""
        return ""

    def narrow_to(self, statement: Statement, columns: LoadedColumns) -> Statement:
        """The statement, of the rows that the source asks for beside the cursor."""
        return statement

    def land(
        self,
        rows: Rows,
        batches: Iterable[pa.RecordBatch],
        landing: Landing,
        request: ExtractRequest,
    ) -> RecordLayout:
        """Write the rows that are left."""
        from medallion.sources.base.parquet_parts import land_batches

        return land_batches(rows.schema, batches, landing, request.dataset)

    def judge(self, found: Counter[str]) -> None:
        """Look at how many rows were left out, once all were read.

        Raises:
            SourceUnavailable: the tool is loading the table at this moment.
        """

    def extract(self, request: ExtractRequest, landing: Landing) -> RecordLayout:
        """Land the rows, in one snapshot, in types that keep their values.

        Raises:
            SourceUnavailable: the server does not answer, or the tool is loading at this moment.
            SourceRefused: the table is not such a table, or the server refuses.
            SetupError: the connection is wrong, or a package is missing.
        """
        from medallion.sources.database.opening import open_statement, read_column_names
        from medallion.sources.database.query import first_rows, statement_of_table
        from medallion.sources.loaded_tables.columns import sift

        details = request.connection(self.conn_id)
        kind = kind_of(details.conn_type)
        plain = statement_of_table(self.table, kind.dialect)
        names = read_column_names(details, plain, request)
        columns = LoadedColumns((*names, *self.added))
        self.hold_columns(columns)
        statement = self.narrow_to(self.select(kind.dialect), columns)
        deleted, cursor = self.find_deleted(columns), None
        if request.cursor is not None:
            from medallion.sources.loaded_tables.increment import narrow_to_increment

            cursor = replace(request.cursor, field=columns.find(request.cursor.field))
            statement = narrow_to_increment(statement, cursor, kind.cursor_function, deleted)
        if request.first is not None:
            statement = first_rows(statement, request.first)
        found: Counter[str] = Counter()
        watch = CursorWatch(cursor) if cursor else None
        with open_statement(details, statement, request) as rows:
            batches: Iterable[Any] = rows.batches
            if watch is not None:
                from medallion.sources.loaded_tables.increment import watch_increment

                batches = watch_increment(rows, watch, deleted)
            kept = sift(batches, self.list_sieves(columns), found)
            layout = self.land(rows, kept, landing, request)
        self.judge(found)
        for note, number in found.items():
            landing.note(note, number)
        if watch is not None:
            landing.note(NOTE, {**watch.note(), "field": self.loaded_at})
        return layout
