"""Where the records go that are not as the spec declares: to quarantine, or out."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from medallion.cleaning.declared.classification import WITHHELD, is_protected
from medallion.cleaning.declared.contract import OtherTypes
from medallion.plan.model import CleanStep
from medallion.steps.clean.counts import EXAMPLES, Counts
from medallion.steps.clean.part_reading import Line
from medallion.steps.parts.record_lines import RecordLine
from medallion.warehouse.quarantine.rejects import Rejects

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRecords:
    """The bad records of one landing: each goes to the rejects, or is counted as discarded."""

    step: CleanStep
    load_id: int
    rejects: Rejects
    counts: Counts
    _unread: dict[tuple[str, ...], array[int]] = field(default_factory=dict)
    """By their reasons, the numbers of records of the present part that are not JSON at all."""

    @property
    def are_discarded(self) -> bool:
        """Whether the contract leaves them out."""
        return self.step.schema_contract.data_type is OtherTypes.DISCARD_ROW

    def add_rows(
        self, part: int, reasons: pa.Array[Any], raw: pa.Array[Any], numbers: pa.Array[Any]
    ) -> None:
        """Rows that have reasons, with their records and the numbers of these in the part. Those
        without a record wait for `add_unread`."""
        for why in reasons[:EXAMPLES]:
            self.counts.add_example(why.as_py())
        if self.are_discarded:
            self.counts.discarded += len(reasons)
            return
        for why, record, number in zip(reasons, raw, numbers, strict=True):
            if not record.is_valid:
                self._unread.setdefault(tuple(why.as_py()), array("q")).append(number.as_py())
                continue
            self._add(part, why.as_py(), record.as_py(), number.as_py())

    def add_unread(
        self, part: int, find_lines: Callable[[Iterable[int]], Iterator[RecordLine]] | None
    ) -> None:
        """The records of a part that are not JSON at all: their lines are kept.

        Args:
            part: the part's number.
            find_lines: finds lines by the records' numbers, ascending; None: they are not lines.
        """
        for reasons, numbers in self._unread.items():
            if find_lines is None:
                for number in numbers:
                    self._add(part, reasons, "null", number)
                continue
            for line in find_lines(sorted(numbers)):
                kept = {"_line": line.line, "_text": line.text}
                record = json.dumps(kept, ensure_ascii=False)
                self._add(part, reasons, record, line.number)
        self._unread.clear()

    def _add(self, part: int, reasons: Sequence[str], record: str, number: int) -> None:
        self.rejects.add(
            reasons=reasons, record=record, load_id=self.load_id, part=part, number=number
        )

    def add_line(self, part: int, line: Line) -> None:
        """A line that is not a record."""
        self.counts.add_broken()
        if self.are_discarded:
            self.counts.discarded += 1
            return
        number = line.find_number()
        reasons = [f"line {number}: {reason}" for reason in line.reasons]
        self.counts.add_example(reasons)
        self.rejects.add(
            reasons=reasons,
            record=json.dumps({"_line": number, "_text": self._display(line)}, ensure_ascii=False),
            load_id=self.load_id,
            part=part,
            number=None,
        )

    def _display(self, line: Line) -> str:
        """A broken line as it may be kept: which of its fields are personal is not known."""
        return WITHHELD if any(map(is_protected, self.step.columns.values())) else line.text
