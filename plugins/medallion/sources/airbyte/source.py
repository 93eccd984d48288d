"""A table that Airbyte has loaded (its Destinations V2), landed as Parquet; a raw one as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from medallion.errors import SourceRefused
from medallion.records import RecordLayout
from medallion.sources.airbyte.sync import AirbyteSync
from medallion.sources.base.source import ExtractRequest, Landing
from medallion.sources.base.sync import SyncRequest
from medallion.sources.loaded_tables.columns import LoadedColumns, Sieve, is_filled
from medallion.sources.loaded_tables.notes import DELETED
from medallion.sources.loaded_tables.table import LoadedTable

if TYPE_CHECKING:
    import pyarrow as pa

    from medallion.sources.database.query import Statement
    from medallion.sources.database.rows import Rows

RAW_ID, EXTRACTED_AT, DATA = "_airbyte_raw_id", "_airbyte_extracted_at", "_airbyte_data"
GENERATION, DELETED_AT = "_airbyte_generation_id", "_ab_cdc_deleted_at"
_OF_V1 = ("_airbyte_ab_id", "_airbyte_emitted_at")


class AirbyteSource(LoadedTable):
    """A table that Airbyte has loaded into a database, with its deletions, its generations and what
    it has changed in a record."""

    loaded_at: ClassVar[str] = EXTRACTED_AT
    tool: ClassVar[str] = "Airbyte"
    own_tables: ClassVar[tuple[str, ...]] = (
        *("_airbyte_*", "*_airbyte_tmp", "*_ab_soft_reset"),
        *("_AIRBYTE_*", "*_AIRBYTE_TMP", "*_AB_SOFT_RESET"),
    )
    beside_rows: ClassVar[frozenset[str]] = frozenset(("sync",))

    type: Literal["airbyte"]
    raw: bool = False
    """Whether it is a raw table, `airbyte_internal."crm_raw__stream_customers"`: each row one
    record as Airbyte got it, whose fields are read `from: _airbyte_data.email`."""
    deletions: Literal["leave_out", "keep"] | None = None
    """What to do with rows that `_ab_cdc_deleted_at` marks: `leave_out`, which a run without
    `cursor` does by default, or `keep`, for a column that reads the mark."""
    generation: Literal["all", "latest"] = "all"
    """Which generations are read, where refreshes keep former records: `all`, or the `latest`
    alone."""
    on_change: Literal["warn", "quarantine", "fail"] = "warn"
    """What to do with a record in which Airbyte has nulled or cut a value (`_airbyte_meta`):
    `warn` and publish it, put it into `quarantine`, or `fail`. `from: _airbyte_changes` says what
    it was."""

    sync: AirbyteSync | None = None
    """The sync that a run asks Airbyte for before it reads, `{connection_id: …}`. Without it a run
    reads what is there."""

    def conn_ids(self) -> tuple[str, ...]:
        return (self.conn_id, *([self.sync.airbyte_conn_id] if self.sync else []))

    def asks_for_sync(self) -> SyncRequest | None:
        return self.sync.to_request() if self.sync else None

    def has_columns(self) -> bool:
        return not self.raw

    def list_deletion_columns(self) -> tuple[str, ...]:
        return (DELETED_AT,) if self.deletions == "keep" and not self.raw else ()

    def leaves_rows_out(self) -> bool:
        return not self.raw and self.cursor is None and self.deletions != "keep"

    def hold_columns(self, columns: LoadedColumns) -> None:
        if columns.lack((RAW_ID, EXTRACTED_AT)):
            is_old = any(map(columns.find, _OF_V1))
            raise SourceRefused(
                f"{self.table} has no {' and no '.join(columns.lack((RAW_ID, EXTRACTED_AT)))}: "
                + ("it was loaded before Airbyte's Destinations V2" if is_old
                   else "Airbyte has not loaded it"),
                remedy="read it by `type: database`, or upgrade the destination in Airbyte"
                if is_old else "name a table of Airbyte's destination, or use `type: database`",
            )  # fmt: skip
        if bool(columns.find(DATA)) is not self.raw:
            raise SourceRefused(
                f"{self.table} has {'no' if self.raw else 'a'} column {DATA}: it is "
                f"{'not ' if self.raw else ''}a raw table",
                remedy="remove `raw`"
                if self.raw
                else "write `raw: true`, and read its fields "
                f"`from: {DATA}.…`; or name the final table",
            )
        if self.cursor and self.deletions is None and not self.raw and columns.find(DELETED_AT):
            raise SourceRefused(
                f"{self.table} marks rows that are deleted, in {DELETED_AT}, and a cursor brings "
                "them as any other",
                remedy="write `deletions: keep`, with a column that reads the mark: "
                f"`deleted_at: {{from: {DELETED_AT}, type: text, nullable: true}}`",
            )
        if self.generation == "latest" and not columns.find(GENERATION):
            raise SourceRefused(
                f"{self.table} has no {GENERATION}: its destination keeps no generations",
                remedy="remove `generation`",
            )

    def narrow_to(self, statement: Statement, columns: LoadedColumns) -> Statement:
        if self.generation == "all":
            return statement
        from medallion.sources.airbyte.generations import keep_latest

        return keep_latest(statement, columns.find(GENERATION))

    def list_sieves(self, columns: LoadedColumns) -> Sequence[Sieve]:
        mark = columns.find(DELETED_AT)
        if self.raw or self.deletions == "keep" or not mark:
            return ()
        return (Sieve(note=DELETED, column=mark, marks=is_filled),)

    def land(
        self,
        rows: Rows,
        batches: Iterable[pa.RecordBatch],
        landing: Landing,
        request: ExtractRequest,
    ) -> RecordLayout:
        from medallion.sources.airbyte.reading import land_rows

        return land_rows(self, rows, batches, landing, request)
