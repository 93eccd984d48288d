"""One landed part, run through the cleaning query: its rows in batches, then its broken lines.

A part that the engine cannot read as it is, or that has mixed line ends, is read from a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlglot import exp

from medallion.cleaning.declared.wanted_rows import WantedRows
from medallion.cleaning.duckdb.naming import NUMBER
from medallion.cleaning.duckdb.query import clean_query
from medallion.cleaning.duckdb.readers.table import reader_of
from medallion.cleaning.engines.table import engine_of
from medallion.errors import DataRejected, SetupError
from medallion.records import RecordLayout
from medallion.sources.formats.compressions import open_compressed
from medallion.sources.formats.normal_form import original_lines
from medallion.steps.context import StepContext
from medallion.steps.parts import copies
from medallion.steps.parts.duckdb_engine import MixedLineEnds, OutOfMemory
from medallion.steps.parts.physical_lines import PhysicalLines
from medallion.steps.parts.pieces import PIECES, SMALLEST_PIECE, Pieces
from medallion.steps.parts.record_lines import RecordLine, find_record_lines
from medallion.steps.parts.runners import OpenPart, Session
from medallion.unpivot import unpivot_layout

if TYPE_CHECKING:
    import pyarrow as pa

_THE_PART = f"medallion-part-{uuid4()}"
"""A text that no spec has: it is another one in each process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Some rows of the query. `before`: how many of the part came before them."""

    batch: pa.RecordBatch
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the part that is not a record.

    Attributes:
        find_number: its number in the file as the source wrote it, from 1. To find it, the file is
            read up to there.
    """

    text: str
    reasons: tuple[str, ...]
    find_number: Callable[[], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartReader:
    """What reads the parts of a landing, one at a time.

    Attributes:
        engine: its word in specs.
        relations: what the query is joined to.
        folder: where copies go.
        opener: starts the engine on a part.
    """

    wanted: WantedRows
    engine: str
    opener: OpenPart
    relations: Mapping[str, pa.Table]
    folder: Path
    context: StepContext
    _texts: dict[RecordLayout, str] = field(default_factory=dict)
    """By layout, the query with `_THE_PART` in the place of the part's path."""

    def query_of(self, path: Path, layout: RecordLayout) -> str:
        """The cleaning query of a part. Of many parts that are laid out alike it is made once.

        Raises:
            DataRejected: the part has no such field.
        """
        render = engine_of(self.engine).render
        if layout not in self._texts:
            self._texts[layout] = render(clean_query(self.wanted, layout, _THE_PART))
        here, there = (render(exp.Literal.string(text)) for text in (_THE_PART, str(path)))
        return self._texts[layout].replace(here, there)

    def open(self, number: int, landed: Path, layout: RecordLayout) -> OpenedPart:
        """The part with this number, in a form that the engine can read."""
        path, layout = copies.readable(landed, layout, self.folder)
        return OpenedPart(reader=self, number=number, path=path, layout=layout)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPart:
    """A part that the engine can read, unless its line ends are mixed."""

    reader: PartReader
    number: int
    path: Path
    layout: RecordLayout

    @property
    def times(self) -> int:
        """How many rows a record becomes: 1, unless the source is unpivoted."""
        unpivot = self.reader.wanted.unpivot
        return 1 if unpivot is None else unpivot_layout(self.layout, unpivot).times

    def find_lines(self, numbers: Iterable[int]) -> Iterator[RecordLine]:
        """The lines of some records, by their numbers, of a part in which each line is one."""
        return find_record_lines(self.path, self.layout, numbers)

    def read(self) -> Generator[Rows | Line, None, None]:
        """Its rows in their order (after a join: in any, with their numbers), then its broken
        lines. The engine is open until the generator is closed.

        Raises:
            DataRejected: it has other columns than its spec reads, or mixed line ends and a join.
            OutOfMemory: the memory allowed is too small for it.
        """
        done = 0
        pieces = PIECES.get(self.layout.format)
        if pieces and pieces.are_due(self.path) and pieces.are_exact(self.path, self.reader.folder):
            yield from self._in_pieces(pieces)
            return
        try:
            for found in self._run():
                yield found
                done += found.batch.num_rows if isinstance(found, Rows) else 0
        # DuckDB notices in the middle of a part. Its first rows are staged by now: the second
        # reading passes over as many.
        except MixedLineEnds:
            self.reader.context.log.info(
                "part %d has mixed line ends: it is read from a copy", self.number
            )
            yield from self._run_from(done, self._with_one_line_end()._run())
        except OutOfMemory as error:
            if pieces is None or not pieces.are_exact(self.path, self.reader.folder):
                raise
            yield from self._run_from(done, self._in_pieces(pieces), error)

    def _in_pieces(self, pieces: Pieces) -> Iterator[Rows | Line]:
        self.reader.context.log.info(
            "part %d has records too long to be read many at a time: it is read in pieces",
            self.number,
        )
        yield from self._run_pieces(pieces, pieces.most)

    def _with_one_line_end(self) -> OpenedPart:
        path, layout = copies.with_one_line_end(self.path, self.layout, self.reader.folder)
        return OpenedPart(reader=self.reader, number=self.number, path=path, layout=layout)

    def _run(self) -> Iterator[Rows | Line]:
        """All that the query finds, from the start of the part."""
        text = self.reader.query_of(self.path, self.layout)
        before = 0
        with self.reader.opener(self.path, self.reader.folder, self.reader.relations) as session:
            for batch in session.stream(text):
                yield Rows(batch=batch, before=before)
                before += batch.num_rows
            if reader_of(self.layout).leaves_lines_out:
                yield from self._list_broken_lines(session)

    def _run_pieces(self, pieces: Pieces, most: int) -> Iterator[Rows | Line]:
        """All that the query finds, a few records at a time: `most` bytes."""
        before = 0
        with closing(pieces.write(self.path, self.layout, self.reader.folder, most)) as written:
            for path, layout in written:
                piece = replace(self, path=path, layout=layout)
                rows = 0
                for found in piece._run_piece(pieces, most):
                    if isinstance(found, Rows):
                        rows += found.batch.num_rows
                        yield Rows(
                            batch=_number_from(found.batch, before), before=before + found.before
                        )
                before += rows

    def _run_piece(self, pieces: Pieces, most: int) -> Iterator[Rows | Line]:
        """All that the query finds in a piece; of one that does not fit either, in smaller ones."""
        done = 0
        try:
            for found in self._run():
                yield found
                done += found.batch.num_rows if isinstance(found, Rows) else 0
        except OutOfMemory as error:
            if most <= SMALLEST_PIECE or pieces.holds_one(self.path, most):
                raise OutOfMemory(
                    f"part {self.number} has records that do not fit the memory allowed, "
                    f"{self.path.stat().st_size:,} bytes of them at a time: {error.problem}",
                    remedy=error.remedy,
                ) from None
            yield from self._run_from(done, self._run_pieces(pieces, most // 4), error)

    def _run_from(
        self,
        done: int,
        again: Iterator[Rows | Line],
        error: DataRejected | SetupError | None = None,
    ) -> Iterator[Rows | Line]:
        """Of a second reading, what comes after the first `done` rows.

        Raises:
            DataRejected: which rows those were is not known; `error` where that is given.
        """
        for found in again:
            if not isinstance(found, Rows):
                yield found
                continue
            # After a join rows come in no fixed order: a count of those that were handed out would
            # not say which they were.
            if done and NUMBER in found.batch.schema.names:
                raise error or DataRejected(
                    f"part {self.number} has mixed line ends, and a column that is looked up",
                    remedy="give all lines of the file the same end",
                )
            known = min(max(done - found.before, 0), found.batch.num_rows)
            yield Rows(batch=found.batch.slice(known), before=found.before + known)

    def _list_broken_lines(self, session: Session) -> Iterator[Line]:
        with (
            open_compressed(self.path, self.layout.compression, self.path.name) as content,
            original_lines(self.path) as original,
        ):
            lines = PhysicalLines(content)

            def find_number(offset: int) -> int:
                return original(lines.line_at(offset))

            for line in session.list_broken_lines():
                yield Line(
                    text=line.text,
                    reasons=line.reasons,
                    find_number=partial(find_number, line.offset),
                )


def _number_from(batch: pa.RecordBatch, before: int) -> pa.RecordBatch:
    """The batch with its numbers of records, if it has them, counted from the part's start."""
    from pyarrow import compute

    if not before or NUMBER not in batch.schema.names:
        return batch
    at = batch.schema.get_field_index(NUMBER)
    return batch.set_column(at, batch.schema.field(at), compute.add(batch.column(at), before))
