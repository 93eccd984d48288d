"""What runs the cleaning query: one runner for each value of `engine:`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from medallion.cleaning.engines.duckdb import DUCKDB
from medallion.cleaning.engines.engine import Engine
from medallion.steps.parts import duckdb_engine
from medallion.steps.parts.duckdb_engine import BrokenLine

if TYPE_CHECKING:
    import pyarrow as pa


class Session(Protocol):
    """An engine with one part open, and the relations that the query joins."""

    def stream(self, query: str) -> Iterator[pa.RecordBatch]:
        """The rows of a query as Arrow batches, in the order of the part's records; or unordered,
        with `_number`."""

    def broken_lines(self) -> Iterator[BrokenLine]:
        """The lines of a delimited part that are not records. Complete once the part has been
        streamed."""


class OpenPart(Protocol):
    """Opens an engine on a part. It may read the part and write into `folder`, and nothing else."""

    def __call__(
        self, part: Path, folder: Path, relations: Mapping[str, pa.Table], /
    ) -> AbstractContextManager[Session]:
        """Raises, within the block too: DataRejected, LakeError, LakeUnavailable, SetupError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """An engine's functions (`Engine`), and how to open it on a part."""

    engine: Engine
    open_part: OpenPart


RUNNERS: Mapping[str, Runner] = {
    runner.engine.name: runner
    for runner in (Runner(engine=DUCKDB, open_part=duckdb_engine.open_part),)
}
