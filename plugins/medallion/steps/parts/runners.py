"""What an engine that runs the cleaning query does, and how it is started."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from medallion.steps.parts.duckdb_engine import BrokenLine

if TYPE_CHECKING:
    import pyarrow as pa


class Session(Protocol):
    """An engine with one part open, and the relations that the query joins."""

    def stream(self, query: str) -> Iterator[pa.RecordBatch]:
        """The rows of a query as Arrow batches, in the order of the part's records; or unordered,
        with `_number`."""

    def list_broken_lines(self) -> Iterator[BrokenLine]:
        """The lines of a delimited part that are not records. Complete once the part has been
        streamed."""


class OpenPart(Protocol):
    """Opens an engine on a part. It may read the part and write into `folder`, and nothing else."""

    def __call__(
        self, part: Path, folder: Path, relations: Mapping[str, pa.Table], /
    ) -> AbstractContextManager[Session]:
        """Raises, within the block too: DataRejected, LakeError, LakeUnavailable, SetupError."""


@contextmanager
def share(
    engine: str, parts: Sequence[Path], folder: Path, relations: Mapping[str, pa.Table]
) -> Iterator[OpenPart]:
    """What opens one part after the other, in as few engines as the engine allows: with
    `share_engine` of its module, where it has one.

    Args:
        parts: those that it may read, besides copies of them.
    """
    module = import_module(f"{__package__}.{engine}_engine")
    if not hasattr(module, "share_engine"):
        yield module.open_part
        return
    with module.share_engine(parts, folder, relations) as opener:
        yield opener


def opener_of(engine: str) -> OpenPart:
    """What starts an engine, by its word: `open_part` of its module, loaded when it is needed."""
    module = import_module(f"{__package__}.{engine}_engine")
    opener: OpenPart = module.open_part
    return opener
