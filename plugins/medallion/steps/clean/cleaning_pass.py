"""One pass over a landing's parts: good rows come out as batches, the others go to the rejects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medallion.cleaning.declared.classification import table_columns
from medallion.cleaning.declared.columns import ColumnSpec
from medallion.cleaning.declared.wanted_rows import WantedRows
from medallion.cleaning.duckdb.naming import DISCARDED, NULLED, NUMBER, RAW, REASONS
from medallion.errors import DataRejected
from medallion.lake.manifest import Manifest, PartInfo
from medallion.lake.reader import local_part, local_parts
from medallion.names import BRONZE_PART, BRONZE_RECORD
from medallion.plan.model import CleanStep
from medallion.prose import tally
from medallion.steps.clean.bad_records import BadRecords
from medallion.steps.clean.counts import Counts
from medallion.steps.clean.custom.step import transform
from medallion.steps.clean.left_out import LeftOut
from medallion.steps.clean.part_reading import Line, OpenedPart, PartReader, Rows
from medallion.steps.clean.progress import Progress
from medallion.steps.context import StepContext
from medallion.steps.parts.runners import share
from medallion.steps.parts.unread_records import may_have_unread_records
from medallion.warehouse.quarantine.rejects import Rejects

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


@contextmanager
def _name_file(file: str) -> Iterator[None]:
    """Say which file of a landing an error is about; empty: it has only one."""
    try:
        yield
    except DataRejected as error:
        if not file or file in error.problem or type(error) is not DataRejected:
            raise
        raise DataRejected(f"{file}: {error.problem}", remedy=error.remedy) from None


@dataclass(kw_only=True)
class CleaningPass:
    """One pass over a landing, and its counts so far: complete once `batches` is used up."""

    step: CleanStep
    context: StepContext
    manifest: Manifest
    relations: Mapping[str, pa.Table] = field(repr=False)
    """What the query is joined to: look-ups, and the key of hashes."""
    rejects: Rejects
    folder: Path
    only: frozenset[int] | None = None
    """The numbers of the parts that it reads; None: all."""
    left_out: LeftOut = field(default_factory=LeftOut)
    counts: Counts = field(default_factory=Counts)
    _bad: BadRecords = field(init=False, repr=False)
    _progress: Progress = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._bad = BadRecords(
            step=self.step,
            load_id=self.manifest.load_id,
            rejects=self.rejects,
            counts=self.counts,
        )
        self._progress = Progress(
            context=self.context,
            table=self.step.table.public,
            counts=self.counts,
            quarantined=lambda: self.rejects.rows,
        )

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Rows in the order of parts and records, with their part and record numbers. Use it once.

        Raises:
            DataRejected: a part has other records or columns than when it was landed; a custom step
                returns other columns than declared.
            CustomStepFailed: its function failed.
        """
        good = self._read_parts()
        if self.step.custom is None:
            yield from good
            return
        for made, dropped in transform(self.step, self.step.custom, good, self.context):
            self.counts.add_dropped(dropped)
            self.counts.note_values(made)
            yield made

    def _read_parts(self) -> Iterator[pa.RecordBatch]:
        """Good rows, in the order of the parts and of their records."""
        engine, folder = self.step.engine, self.folder
        local = local_parts(self.manifest)
        with share(engine, local, folder, self.relations) as opener:
            reader = PartReader(
                wanted=self._wanted,
                engine=engine,
                opener=opener,
                relations=self.relations,
                folder=folder,
                context=self.context,
            )
            for number, part in enumerate(self.manifest.parts):
                if self.only is not None and number not in self.only:
                    continue
                with local_part(self.manifest, part) as landed:
                    opened = reader.open(number, landed, self.manifest.layout_of(part))
                    yield from self._read_part(part, opened)

    def _read_part(self, part: PartInfo, opened: OpenedPart) -> Iterator[pa.RecordBatch]:
        """Good rows of one part; its bad records are quarantined or discarded."""
        times = opened.times
        rows = lines = 0
        named = part.file if len(self.manifest.parts) > 1 else ""
        with _name_file(named), closing(opened.read()) as all_found:
            for found in all_found:
                if not isinstance(found, Rows):
                    self._take_line(found, opened.number)
                    lines += 1
                    continue
                if found.batch.num_rows:
                    yield self._take_good(found, opened.number)
                    self.counts.read += found.batch.num_rows
                    rows += found.batch.num_rows
                self._progress.say(self.manifest.records * times)
            are_lines = may_have_unread_records(self.manifest.layout_of(part))
            self._bad.add_unread(opened.number, opened.find_lines if are_lines else None)
        # A broken line is one landed record, however many rows `unpivot` makes of a good one.
        self._must_be_whole(part, rows / times + lines)

    def _take_line(self, line: Line, part: int) -> None:
        """A line that is not a record is quarantined, or left out."""
        if self.left_out.has_line(part, line):
            self.counts.add_broken()
            self.counts.left_out += 1
        else:
            self._bad.add_line(part, line)

    def _take_good(self, rows: Rows, part: int) -> pa.RecordBatch:
        """The rows that are good and wanted, with their places; the others are quarantined, left
        out or counted."""
        batch, numbers = rows.batch, _number_records(rows)
        kept = self.left_out.find_kept(part, numbers)
        if kept is not None:
            self.counts.left_out += batch.num_rows - kept.true_count
            batch, numbers = batch.filter(kept), numbers.filter(kept)
        others = self.left_out.find_unerased(part, numbers)
        if others is not None:
            self.counts.add_erased(batch.num_rows - others.true_count)
            batch, numbers = batch.filter(others), numbers.filter(others)
        reasons = batch.column(REASONS)
        is_good = reasons.is_null()
        good = self._with_places(batch, part, numbers)
        if reasons.null_count < batch.num_rows:
            bad = reasons.is_valid()
            raw = batch.column(RAW)
            self._bad.add_rows(part, reasons.filter(bad), raw.filter(bad), numbers.filter(bad))
            good = good.filter(is_good)
        if NULLED in batch.schema.names:
            lost = batch.column(NULLED).filter(is_good)
            self.counts.add_nulled(lost.filter(lost.is_valid()))
        if DISCARDED in batch.schema.names:
            good = self._drop_unwanted(good, batch.column(DISCARDED).filter(is_good))
        self.counts.add_good(good)
        return good

    def _with_places(
        self, batch: pa.RecordBatch, part: int, numbers: pa.Array[Any]
    ) -> pa.RecordBatch:
        """The table's columns, and which record of which part each row is."""
        import numpy as np
        import pyarrow as pa

        columns = list(table_columns(self._columns))
        parts = _make_array(np.full(batch.num_rows, part, dtype=np.int32), pa.int32())
        values = [batch.column(name) for name in columns]
        return pa.RecordBatch.from_arrays(
            [*values, parts, numbers], [*columns, BRONZE_PART, BRONZE_RECORD]
        )

    def _drop_unwanted(self, good: pa.RecordBatch, unwanted: pa.Array[Any]) -> pa.RecordBatch:
        """The good rows that the filter and the contract want; the others are counted."""
        import pyarrow.compute as pc

        kept = good.filter(pc.invert(unwanted))
        self.counts.discarded += good.num_rows - kept.num_rows
        return kept

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

    @cached_property
    def _columns(self) -> Mapping[str, ColumnSpec]:
        """The columns that are read or computed: not those that a custom step adds."""
        adds = self.step.custom.adds if self.step.custom else ()
        return {name: spec for name, spec in self.step.columns.items() if name not in adds}

    @cached_property
    def _wanted(self) -> WantedRows:
        return WantedRows(
            columns=self._columns,
            primary_key=self.step.primary_key,
            row_filter=self.step.row_filter,
            contract=self.step.schema_contract,
            unpivot=self.step.unpivot,
        )


def _number_records(rows: Rows) -> pa.Array[Any]:
    """Which record of the part each row is, from 1."""
    import numpy as np
    import pyarrow as pa

    if NUMBER in rows.batch.schema.names:
        return rows.batch.column(NUMBER)
    first, count = rows.before + 1, rows.batch.num_rows
    return _make_array(np.arange(first, first + count, dtype=np.int64), pa.int64())


def _make_array(numbers: np.ndarray[Any, Any], kind: pa.DataType) -> pa.Array[Any]:
    """Numbers as they are in memory. `pa.array` and `pa.scalar` would import pandas, to ask whether
    they are given a series: 0.25 s of a processor."""
    import pyarrow as pa

    return pa.Array.from_buffers(kind, len(numbers), [None, pa.py_buffer(numbers)])
