"""Landed parts in pieces of a few records, where many at a time do not fit the memory allowed.

A piece is a file of its own, which is there until the next one is asked for: the disk holds one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from medallion.records import RecordLayout
from medallion.sources.formats.compressions import open_compressed
from medallion.sources.formats.parquet_weight import long_rows
from medallion.steps.parts import parquet_pieces
from medallion.steps.parts.copies import room_for

SMALLEST_PIECE = 64 * 1024
"""What does not fit in pieces of this size fits in none."""


class Pieces(ABC):
    """How parts of one format are cut. Stateless."""

    most: int
    """Bytes of a piece, at first."""

    def are_due(self, part: Path) -> bool:
        """Whether the records are so long that many at a time are not tried."""
        return False

    def are_exact(self, part: Path, folder: Path) -> bool:
        """Whether the engine reads from pieces what it reads from the part."""
        return True

    @abstractmethod
    def holds_one(self, piece: Path, most: int) -> bool:
        """Whether there is no smaller piece than this one, which may be longer than `most`."""

    @abstractmethod
    def write(
        self, part: Path, layout: RecordLayout, folder: Path, most: int
    ) -> Generator[tuple[Path, RecordLayout], None, None]:
        """The records in their order, in files of at most `most` bytes, or of one longer record.

        Raises:
            DataRejected, LakeError: the part cannot be read.
            LakeUnavailable: there is no room for a piece.
        """


class _Lines(Pieces):
    """JSON Lines. DuckDB reads at least 32 MiB of them at once, and its query holds some fifteen
    times of that; of a document full of decimals that is kept as JSON, over a hundred times."""

    most = 4 * 1024 * 1024

    def holds_one(self, piece: Path, most: int) -> bool:
        return piece.stat().st_size > most

    def write(
        self, part: Path, layout: RecordLayout, folder: Path, most: int
    ) -> Generator[tuple[Path, RecordLayout], None, None]:
        with open_compressed(part, layout.compression, part.name) as source:
            for number, lines in enumerate(_gather_lines(source, most)):
                piece = _name(part, folder, number)
                try:
                    with room_for(part), piece.open("wb") as target:
                        target.writelines(lines)
                    yield piece, replace(layout, compression="none")
                finally:
                    piece.unlink(missing_ok=True)


class _RowGroups(Pieces):
    """Parquet, of which DuckDB has 2,048 rows at once, and the values of a dictionary as often as
    they occur in them: beside the memory that it is allowed."""

    most = 16 * 1024 * 1024

    def are_due(self, part: Path) -> bool:
        return bool(long_rows(part))

    def are_exact(self, part: Path, folder: Path) -> bool:
        return parquet_pieces.are_exact(part, folder)

    def holds_one(self, piece: Path, most: int) -> bool:
        return parquet_pieces.count_rows(piece) <= 1

    def write(
        self, part: Path, layout: RecordLayout, folder: Path, most: int
    ) -> Generator[tuple[Path, RecordLayout], None, None]:
        with closing(parquet_pieces.cut(part, most)) as tables:
            for number, table in enumerate(tables):
                piece = _name(part, folder, number)
                try:
                    with room_for(part):
                        parquet_pieces.write(table, piece)
                    yield piece, layout
                finally:
                    piece.unlink(missing_ok=True)


PIECES: Mapping[str, Pieces] = {"jsonl": _Lines(), "parquet": _RowGroups()}
"""By the format of what the engines read: see `FileFormat.readable`. Of delimited text DuckDB has
a few records at a time by itself."""


def _name(part: Path, folder: Path, number: int) -> Path:
    """A new one for each: an engine may still have the one before open."""
    return folder / f"{part.name}-piece-{number}"


def _gather_lines(source: BinaryIO, most: int) -> Iterator[list[bytes]]:
    held: list[bytes] = []
    size = 0
    while line := source.readline():
        if held and size + len(line) > most:
            yield held
            held, size = [], 0
        held.append(line)
        size += len(line)
    if held:
        yield held
