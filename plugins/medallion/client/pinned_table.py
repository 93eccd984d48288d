"""A table as one publication left it: it is read as often as one likes, and is always the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from medallion.client.frames import TEXTS, As, frame_of
from medallion.names import PublishedTable
from medallion.warehouse.reading.columns import Numbers
from medallion.warehouse.reading.lineage import Lineage
from medallion.warehouse.reading.pinned import Pin
from medallion.warehouse.reading.versions import Wanted, open_version

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedTable:
    """One publication of a table. Nothing is read before one of its methods is called.

    Each of them raises VersionGone once the rows are no longer there as they were published.
    """

    lineage: Lineage
    table: PublishedTable
    url: str = field(repr=False)

    def to_pandas(
        self, *, columns: Sequence[str] | None = None, numbers: Numbers = "exact"
    ) -> pd.DataFrame:
        """A pandas frame with Arrow's types; `lineage_of` finds its lineage in `attrs`."""
        frame: pd.DataFrame = self.read("pandas", columns=columns, numbers=numbers)
        return frame

    def to_polars(
        self, *, columns: Sequence[str] | None = None, numbers: Numbers = "exact"
    ) -> pl.DataFrame:
        """A Polars frame; Polars is installed by whoever wants it."""
        frame: pl.DataFrame = self.read("polars", columns=columns, numbers=numbers)
        return frame

    def to_arrow(
        self, *, columns: Sequence[str] | None = None, numbers: Numbers = "exact"
    ) -> pa.Table:
        """An Arrow table; its schema's metadata hold the lineage."""
        return self.read("arrow", columns=columns, numbers=numbers)

    def read(
        self, as_: As, *, columns: Sequence[str] | None = None, numbers: Numbers = "exact"
    ) -> Any:
        """The rows as one of `frames.KINDS`."""
        pin = Pin(publication_id=self.lineage.publication_id)
        return read_frame(self.url, self.table, pin, as_, columns=columns, numbers=numbers)

    @contextmanager
    def batches(
        self, *, columns: Sequence[str] | None = None, numbers: Numbers = "exact"
    ) -> Iterator[pa.RecordBatchReader]:
        """The rows as they arrive, some 16 MB at a time, within the block: memory holds one batch.

        All are of this one publication, whatever is published meanwhile.
        """
        wanted = Wanted(columns=None if columns is None else tuple(columns), numbers=numbers)
        pin = Pin(publication_id=self.lineage.publication_id)
        with open_version(self.url, self.table, pin, wanted) as found:
            yield found.batches


def read_frame(
    url: str,
    table: PublishedTable,
    pin: Pin,
    as_: As,
    *,
    columns: Sequence[str] | None,
    numbers: Numbers,
) -> Any:
    """Find what a pin means and read it, in one transaction."""
    wanted = Wanted(
        columns=None if columns is None else tuple(columns), numbers=numbers, as_text=TEXTS[as_]
    )
    with open_version(url, table, pin, wanted) as found:
        return frame_of(found.batches.read_all(), as_, found.lineage)
