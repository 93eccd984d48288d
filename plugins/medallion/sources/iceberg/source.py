"""An Iceberg table (Databricks, Snowflake, Trino, Spark …), landed as Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field

from medallion.records import RecordLayout
from medallion.sources.base.lake_location import find_location_problems
from medallion.sources.base.locations import Location
from medallion.sources.base.providers import missing
from medallion.sources.base.source import (
    ConnectionDetails,
    ExtractRequest,
    KeyProblem,
    Landing,
    SourceModel,
    SourcePlace,
)

_WHICH = ("snapshot_id", "timestamp", "ref")


class IcebergSource(SourceModel):
    """An Iceberg table: as it is now, as it was, or what has been appended to it."""

    type: Literal["iceberg"]
    location: str = Field(min_length=1, max_length=1000)
    """The table's folder, or one above it where `catalog` says which it is:
    `abfs://CONN_ID@container/…`, `s3://CONN_ID@bucket/…`, `file:///folder/…`, or a folder of the
    project: include/data/…. Or one metadata file in it: …/metadata/00003-….metadata.json. No file
    outside of it is read."""
    catalog: str | None = Field(default=None, min_length=1, max_length=200)
    """The Airflow connection of the catalogue that knows which metadata are the table's newest: of
    type `iceberg` (REST), `postgres`, `mysql` or `sqlite` (SQL). Without it the folder has to say
    so: in metadata/version-hint.text."""
    table: str | None = Field(default=None, min_length=1, max_length=500)
    """The table's name in the catalogue: `namespace.table`."""
    snapshot_id: int | None = Field(default=None, ge=1, lt=2**63)
    """The snapshot that is read; the newest one by default."""
    timestamp: datetime | None = None
    """The moment as of which it is read: 2026-01-31T00:00:00Z (in UTC without a zone)."""
    ref: str | None = Field(default=None, min_length=1, max_length=200)
    """The branch or tag that is read; `main` by default."""
    change_feed: bool = False
    """Whether to read on from the last publication: the first run has the whole table, each later
    one the rows that were appended since, with `_snapshot_id`, `_sequence_number` and
    `_commit_timestamp`. A table whose rows are changed or deleted is refused."""

    def conn_ids(self) -> tuple[str, ...]:
        found = Location.parse(self.location)
        named = (found.conn_id if found else "", self.catalog or "")
        return tuple(dict.fromkeys(filter(None, named)))

    def paths(self) -> Iterable[tuple[str, str]]:
        return () if Location.parse(self.location) else (("location", self.location),)

    def has_columns(self) -> bool:
        return True

    def reads_stream(self) -> str:
        return self.described if self.change_feed else ""

    @property
    def described(self) -> str:
        """The table for people: its location, and its name in the catalogue."""
        return f"{self.location} ({self.table})" if self.table else self.location

    def place(
        self, connection: Callable[[str], ConnectionDetails], project_root: Path
    ) -> SourcePlace:
        if self.catalog and self.table:
            return SourcePlace(namespace=f"iceberg://{self.catalog}", name=self.table)
        return SourcePlace(namespace="iceberg", name=self.location)

    def preview(self, start: datetime, end: datetime) -> str:
        if not self.change_feed or start == end:
            return f"the table in {self.described}"
        first, last = (moment.astimezone(UTC).isoformat() for moment in (start, end))
        return f"what was appended to {self.described} from {first} to before {last}"

    def find_problems(self) -> Iterable[KeyProblem]:
        """What of its keys makes no sense together, and what is wrong with its location."""
        named = [key for key in _WHICH if getattr(self, key) is not None]
        if len(named) > 1:
            yield KeyProblem(
                key=named[1],
                problem=f"{' and '.join(named)} each say which snapshot is read",
                remedy="keep one of them",
            )
        if named and self.change_feed:
            yield KeyProblem(
                key=named[0],
                problem="a change feed is read on from snapshot to snapshot",
                remedy=f"remove {named[0]}, or change_feed",
            )
        yield from self._find_problems_of_catalog()
        yield from find_location_problems(self.location)

    def _find_problems_of_catalog(self) -> Iterator[KeyProblem]:
        if (self.catalog is None) != (self.table is None):
            yield KeyProblem(
                key="table" if self.catalog is None else "catalog",
                problem="catalog and table say together which table is meant",
                remedy="write both, or the table's folder alone as location",
            )
        elif self.table is not None and not all(self.table.split(".")[-2:]):
            yield KeyProblem(
                key="table",
                problem=f"{self.table} does not name a table",
                remedy="write namespace.table",
            )
        elif self.table is not None and "." not in self.table:
            yield KeyProblem(
                key="table",
                problem=f"{self.table} names no namespace",
                remedy=f"write namespace.{self.table}",
            )
        if self.catalog and self.location.endswith(".json"):
            yield KeyProblem(
                key="location",
                problem="the catalogue says which metadata file is read",
                remedy="name the table's folder, or remove catalog and table",
            )

    def extract(self, request: ExtractRequest, landing: Landing) -> RecordLayout:
        """Land one snapshot of the table, or what was appended since the last publication.

        Raises:
            SourceRefused: there is no such table or snapshot; it needs what cannot be read; or it
                leads out of its folder.
            SourceUnavailable: the lake or the catalogue does not answer.
            SetupError: a connection is wrong, or the package is missing.
        """
        try:
            from medallion.sources.iceberg.changes import land_appends
            from medallion.sources.iceberg.rows import land_snapshot
            from medallion.sources.iceberg.table import open_table
        except ImportError:
            raise missing("iceberg") from None

        table = open_table(self, request)
        if self.change_feed:
            return land_appends(self, table, request, landing)
        return land_snapshot(table, landing, request.dataset)
