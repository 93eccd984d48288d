"""One pass over a landing's parts: good rows come out as batches, the others go to the rejects."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medallion.cleaning.declared.classification import is_protected, table_columns
from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.contract import OtherTypes
from medallion.cleaning.declared.wanted_rows import WantedRows
from medallion.cleaning.duckdb.naming import DISCARDED, NULLED, NUMBER, RAW, REASONS
from medallion.cleaning.duckdb.protection import WITHHELD
from medallion.cleaning.duckdb.query import clean_query
from medallion.cleaning.duckdb.readers.table import reader_of
from medallion.cleaning.engines.table import engine_of
from medallion.errors import DataRejected
from medallion.lake.manifest import Manifest, PartInfo
from medallion.lake.reader import local_part
from medallion.names import BRONZE_PART, BRONZE_RECORD
from medallion.plan.model import CleanStep
from medallion.prose import tally
from medallion.records import RecordLayout
from medallion.sources.formats.compressions import open_compressed
from medallion.sources.formats.normal_form import original_lines
from medallion.steps.clean.custom.step import transform
from medallion.steps.context import StepContext
from medallion.steps.parts import copies as part_copies
from medallion.steps.parts.duckdb_engine import MixedLineEnds
from medallion.steps.parts.physical_lines import PhysicalLines
from medallion.steps.parts.runners import Session, opener_of
from medallion.unpivot import unpivot_layout
from medallion.warehouse.quarantine.rejects import RejectsWriter

if TYPE_CHECKING:
    import pyarrow as pa

SAY_EVERY_SECONDS = 3.0
EXAMPLES = 3


@dataclass(kw_only=True)
class CleaningPass:
    """One pass over a landing, and its row counts so far: complete once `batches` is used up."""

    step: CleanStep
    context: StepContext
    manifest: Manifest
    relations: Mapping[str, pa.Table] = field(repr=False)
    """What the query is joined to: look-ups, and the key of hashes."""
    rejects: RejectsWriter
    folder: Path
    read: int = 0
    staged: int = 0
    discarded: int = 0
    broken: int = 0
    values_discarded: Counter[str] = field(default_factory=Counter)
    """By column, the values that became NULL because they were not of its type."""
    examples: list[str] = field(default_factory=list)
    """Some reasons of rows that were quarantined."""
    filled: set[str] = field(default_factory=set)
    """The columns of which some good row has a value."""
    said_at: float = field(default_factory=time.monotonic)
    times: int = 1
    """How many rows a record of the part becomes that is read: 1, unless the source is unpivoted.
    """

    @property
    def kept(self) -> Mapping[str, ColumnSpec]:
        """The columns of the table, without those that a custom step adds."""
        return table_columns(self._read)

    @property
    def _read(self) -> Mapping[str, ColumnSpec]:
        """The columns that are read or computed."""
        adds = self.step.custom.adds if self.step.custom else ()
        return {name: spec for name, spec in self.step.columns.items() if name not in adds}

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Rows in the order of parts and records, with their part and record numbers. Use it once.

        Raises:
            DataRejected: a part has other records or columns than when it was landed; a custom step
                returns other columns than declared.
            CustomStepFailed: its function failed.
        """
        good = self._batches()
        if self.step.custom is None:
            yield from good
            return
        for made, dropped in transform(self.step, self.step.custom, good, self.context):
            self.staged -= dropped
            self.discarded += dropped
            self._note_filled(made)
            yield made

    def _batches(self) -> Iterator[pa.RecordBatch]:
        """Good rows, in the order of the parts and of their records."""
        for number, part in enumerate(self.manifest.parts):
            before, broken = self.read, self.broken
            with local_part(self.manifest, part) as path:
                yield from self._part(number, path, self.manifest.layout_of(part))
            # A broken line is one landed record, however many rows `unpivot` makes of a good one.
            lines = self.broken - broken
            rows = self.read - before - lines
            self._must_be_whole(part, rows / self.times + lines)

    def _part(self, number: int, landed: Path, layout: RecordLayout) -> Iterator[pa.RecordBatch]:
        path, layout = part_copies.readable(landed, layout, self.folder)
        if self.step.unpivot is not None:
            self.times = unpivot_layout(layout, self.step.unpivot).times
        before = self.read
        try:
            yield from self._records(number, path, layout)
        # DuckDB notices in the middle of a part. Its first rows are staged by now: the second
        # reading passes over as many.
        except MixedLineEnds:
            done = self.read - before
            self.context.log.info("part %d has mixed line ends: it is read from a copy", number)
            path, layout = part_copies.with_one_line_end(path, layout, self.folder)
            yield from self._records(number, path, layout, done)

    def _records(
        self, number: int, path: Path, layout: RecordLayout, done: int = 0
    ) -> Iterator[pa.RecordBatch]:
        """Good rows of one part; its first `done` records have been handed out before."""
        query = clean_query(
            WantedRows(
                columns=self._read,
                primary_key=self.step.primary_key,
                row_filter=self.step.row_filter,
                contract=self.step.schema_contract,
                unpivot=self.step.unpivot,
            ),
            layout,
            str(path),
        )
        place = 0
        word = self.step.engine
        with opener_of(word)(path, self.folder, self.relations) as session:
            for batch in session.stream(engine_of(word).render(query)):
                # After a join rows come in no fixed order: a count of those that were handed out
                # would not say which they were.
                if done and NUMBER in batch.schema.names:
                    raise DataRejected(
                        f"part {number} has mixed line ends, and a column that is looked up",
                        remedy="give all lines of the file the same end",
                    )
                fresh = batch.slice(min(max(done - place, 0), batch.num_rows))
                place += batch.num_rows
                if fresh.num_rows:
                    yield self._good_rows(fresh, number, place - fresh.num_rows)
                    self.read += fresh.num_rows
                self._say()
            if reader_of(layout).leaves_lines_out:
                with (
                    open_compressed(path, layout.compression, path.name) as content,
                    original_lines(path) as original,
                ):
                    lines = PhysicalLines(content)
                    self._quarantine_broken_lines(
                        session, number, lambda offset: original(lines.line_at(offset))
                    )

    def _good_rows(self, batch: pa.RecordBatch, part: int, before: int) -> pa.RecordBatch:
        """The rows without reasons; `before`: the records of the part that came before them."""
        import numpy as np
        import pyarrow as pa

        rows = batch.num_rows
        values = [batch.column(name) for name in self.kept]
        reasons = batch.column(REASONS)
        if NUMBER in batch.schema.names:
            numbers = batch.column(NUMBER)
        else:
            numbers = pa.array(np.arange(before + 1, before + rows + 1))
        parts = pa.repeat(pa.scalar(part, pa.int32()), rows)
        names = [*self.kept, BRONZE_PART, BRONZE_RECORD]
        good = pa.RecordBatch.from_arrays([*values, parts, numbers], names)
        if reasons.null_count < rows:
            bad = reasons.is_valid()
            self._quarantine(
                part, reasons.filter(bad), batch.column(RAW).filter(bad), numbers.filter(bad)
            )
            good = good.filter(reasons.is_null())
        if NULLED in batch.schema.names:
            self._count_values(batch, reasons.is_null())
        if DISCARDED in batch.schema.names:
            good = self._drop_discarded(good, batch, reasons.is_null())
        self.staged += good.num_rows
        self._note_filled(good)
        return good

    def _drop_discarded(
        self, good: pa.RecordBatch, batch: pa.RecordBatch, is_good: pa.Array[Any]
    ) -> pa.RecordBatch:
        """The good rows that the filter wants; the others are counted."""
        import pyarrow.compute as pc

        unwanted = batch.column(DISCARDED).filter(is_good)
        kept = good.filter(pc.invert(unwanted))
        self.discarded += good.num_rows - kept.num_rows
        return kept

    def _count_values(self, batch: pa.RecordBatch, is_good: pa.Array[Any]) -> None:
        lost = batch.column(NULLED).filter(is_good)
        for names in lost.filter(lost.is_valid()):
            self.values_discarded.update(names.as_py())

    def _quarantine(
        self, part: int, reasons: pa.Array[Any], raw: pa.Array[Any], numbers: pa.Array[Any]
    ) -> None:
        self._note_examples(reasons)
        if self.step.schema_contract.data_type is OtherTypes.DISCARD_ROW:
            self.discarded += len(reasons)
            return
        for why, record, number in zip(reasons, raw, numbers, strict=True):
            self.rejects.add(
                reasons=why.as_py(),
                # A line that is not JSON at all has no record that could be kept.
                record=record.as_py() or "null",
                load_id=self.manifest.load_id,
                part=part,
                number=number.as_py(),
            )

    def _note_examples(self, reasons: pa.Array[Any]) -> None:
        for why in reasons[: EXAMPLES - len(self.examples)]:
            self._example(why.as_py())

    def _example(self, reasons: Sequence[str]) -> None:
        if len(self.examples) < EXAMPLES:
            self.examples.append("; ".join(reasons))

    def _quarantine_broken_lines(
        self, session: Session, part: int, line_at: Callable[[int], int]
    ) -> None:
        discards = self.step.schema_contract.data_type is OtherTypes.DISCARD_ROW
        for line in session.list_broken_lines():
            self.read += 1
            self.broken += 1
            if discards:
                self.discarded += 1
                continue
            number = line_at(line.offset)
            reasons = [f"line {number}: {reason}" for reason in line.reasons]
            self._example(reasons)
            record = {"_line": number, "_text": self._display(line.text)}
            self.rejects.add(
                reasons=reasons,
                record=json.dumps(record, ensure_ascii=False),
                load_id=self.manifest.load_id,
                part=part,
                number=None,
            )

    def _display(self, text: str) -> str:
        """A broken line as it may be kept: which of its fields are personal is not known."""
        return WITHHELD if any(map(is_protected, self.step.columns.values())) else text

    def _note_filled(self, good: pa.RecordBatch) -> None:
        for name in good.schema.names:
            if name not in self.filled and good.column(name).null_count < good.num_rows:
                self.filled.add(name)

    def _must_be_whole(self, part: PartInfo, read: float) -> None:
        """Every record that was landed has been read: none was lost between two readers."""
        if read == part.records:
            return
        raise DataRejected(
            f"{self.manifest.uri}/{part.name}: landed {tally(part.records, 'record')}, "
            f"read back {read:.15g}",
            remedy="look at the part: a quote that is not closed, or a delimiter that is not the "
            "declared one, makes readers count differently. Nothing was published",
        )

    def _say(self) -> None:
        if time.monotonic() - self.said_at < SAY_EVERY_SECONDS:
            return
        self.said_at = time.monotonic()
        self.context.log.info(
            "%s: %d of %s cleaned, %d quarantined, %d discarded",
            self.step.table.public,
            self.read,
            tally(self.manifest.records * self.times, "record"),
            self.rejects.rows,
            self.discarded,
        )
