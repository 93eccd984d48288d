"""A Delta table (Databricks, Fabric, Spark …), landed as Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field

from medallion.records import RecordLayout
from medallion.sources.base.lake_location import find_location_problems
from medallion.sources.base.locations import Location
from medallion.sources.base.source import (
    ConnectionDetails,
    ExtractRequest,
    KeyProblem,
    Landing,
    SourceModel,
    SourcePlace,
)


class DeltaSource(SourceModel):
    """A Delta table: as it is now, as it was, or what has changed in it."""

    type: Literal["delta"]
    location: str = Field(min_length=1, max_length=1000)
    """The table's folder: `abfs://CONN_ID@container/…`, `s3://CONN_ID@bucket/…`,
    `file:///folder/…`, or a folder of the project: include/data/…"""
    version: int | None = Field(default=None, ge=0, le=2**53)
    """The version that is read; the newest one by default."""
    timestamp: datetime | None = None
    """The moment as of which it is read: 2026-01-31T00:00:00Z (in UTC without a zone)."""
    change_feed: bool = False
    """Whether to read on from the last publication by Delta's change data feed: the first run has
    the whole table, each later one what has changed since, with `_change_type` (insert, delete,
    update_postimage), `_commit_version` and `_commit_timestamp`."""

    def conn_ids(self) -> tuple[str, ...]:
        found = Location.parse(self.location)
        return (found.conn_id,) if found and found.conn_id else ()

    def paths(self) -> Iterable[tuple[str, str]]:
        return () if Location.parse(self.location) else (("location", self.location),)

    def has_columns(self) -> bool:
        return True

    def reads_stream(self) -> str:
        return self.location if self.change_feed else ""

    def place(
        self, connection: Callable[[str], ConnectionDetails], project_root: Path
    ) -> SourcePlace:
        return SourcePlace(namespace="delta", name=self.location)

    def preview(self, start: datetime, end: datetime) -> str:
        if not self.change_feed or start == end:
            return f"the table in {self.location}"
        first, last = (moment.astimezone(UTC).isoformat() for moment in (start, end))
        return f"what changed in {self.location} from {first} to before {last}"

    def find_problems(self) -> Iterable[KeyProblem]:
        """What of its keys makes no sense together, and what is wrong with its location."""
        named = [key for key in ("version", "timestamp") if getattr(self, key) is not None]
        if len(named) > 1:
            yield KeyProblem(
                key="timestamp",
                problem="version and timestamp each say which version is read",
                remedy="keep one of them",
            )
        if named and self.change_feed:
            yield KeyProblem(
                key=named[0],
                problem="a change data feed is read on from version to version",
                remedy=f"remove {named[0]}, or change_feed",
            )
        yield from find_location_problems(self.location)

    def extract(self, request: ExtractRequest, landing: Landing) -> RecordLayout:
        """Land one version of the table, or what has changed since the last publication.

        Raises:
            SourceRefused: there is no such table or version; it needs what cannot be read; or its
                log leads out of its folder.
            SourceUnavailable: the lake does not answer.
            SetupError: the connection is wrong, or the package is missing.
        """
        from medallion.sources.delta.changes import land_changes
        from medallion.sources.delta.reading import land_version, open_table

        table = open_table(self, request)
        if self.change_feed:
            return land_changes(self, table, request, landing)
        return land_version(table, landing, request.dataset)
