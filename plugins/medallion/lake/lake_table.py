"""What each format of lake tables can do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from medallion.lake.published_as import PublishedAs


class Catalogue(Protocol):
    """A table's row in the catalogue of lake tables: which of its metadata files is the newest.
    Formats whose own log says so ask for none."""

    def find(self) -> str | None:
        """The metadata file; None: the catalogue does not know the table."""

    def swap(self, before: str | None, after: str) -> bool:
        """Name another one, if it still names the one before; whether it did."""


class LakeTable(Protocol):
    """A table of a lake. What its library raises comes as LakeError or LakeUnavailable."""

    def read(self) -> PublishedAs | None:
        """The publication that its newest version is; None: there is no table yet, or somebody else
        has changed it since.

        Raises:
            LakeError: there is a table, or something else, that Medallion has not made.
            LakeUnavailable: the lake does not answer.
        """

    def write(
        self,
        batches: pa.RecordBatchReader,
        published: PublishedAs,
        description: str,
        comments: Mapping[str, str],
    ) -> None:
        """Replace its rows and columns, in one commit. `read` goes before.

        Raises:
            LakeError: it does not hold the columns.
            LakeUnavailable: the lake does not answer, or somebody else has changed the table.
        """

    def tidy(self, retention: timedelta, *, dry_run: bool) -> int:
        """Delete the files that no version since then needs, and what killed writers have left; how
        many."""

    def forget(self, published: PublishedAs) -> None:
        """Delete every trace of former versions, in files and in the log. `published`: what its
        newest version is."""
