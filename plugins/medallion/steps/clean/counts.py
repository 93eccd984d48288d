"""What a pass over a landing counts, and what it remembers of single rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

EXAMPLES = 3


@dataclass(slots=True, kw_only=True)
class Counts:
    """The figures of a pass so far: it adds to them batch by batch.

    Attributes:
        read: rows that were read, the broken lines among them.
        staged: good rows that were handed out.
        discarded: rows that the filter, the contract or a custom step did not want.
        broken: lines that are not records.
        left_out: rows that stay in quarantine, or were dropped by hand.
        erased: rows of erased people; `discarded` counts them.
        values_discarded: by column, the values that became NULL because they were not of its type.
        examples: some reasons of rows that were not good.
        filled: the columns of which some good row has a value.
    """

    read: int = 0
    staged: int = 0
    discarded: int = 0
    broken: int = 0
    left_out: int = 0
    erased: int = 0
    values_discarded: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    filled: set[str] = field(default_factory=set)

    def add_good(self, good: pa.RecordBatch) -> None:
        """Rows that are handed out."""
        self.staged += good.num_rows
        self.note_values(good)

    def add_dropped(self, rows: int) -> None:
        """Rows that were handed out to a custom step, and did not come back."""
        self.staged -= rows
        self.discarded += rows

    def add_erased(self, rows: int) -> None:
        """Rows of erased people, which nobody gets."""
        self.discarded += rows
        self.erased += rows

    def add_broken(self) -> None:
        """A line that is not a record."""
        self.read += 1
        self.broken += 1

    def add_example(self, reasons: Sequence[str]) -> None:
        """Why a row is not good; the first few are kept."""
        if len(self.examples) < EXAMPLES:
            self.examples.append("; ".join(reasons))

    def add_part(self, part: Mapping[str, Any]) -> None:
        """The figures of a part that was cleaned elsewhere, as `to_json` has them."""
        self.read += part["read"]
        self.staged += part["staged"]
        self.discarded += part["discarded"]
        self.broken += part["broken"]
        self.left_out += part["left_out"]
        self.erased += part["erased"]
        self.values_discarded.update(part["values_discarded"])
        self.examples = [*self.examples, *part["examples"]][:EXAMPLES]
        self.filled.update(part["filled"])

    def to_json(self) -> dict[str, Any]:
        """The figures as JSON values."""
        return {**asdict(self), "filled": sorted(self.filled)}

    def note_values(self, good: pa.RecordBatch) -> None:
        """Which columns have a value in some row."""
        for name in good.schema.names:
            if name not in self.filled and good.column(name).null_count < good.num_rows:
                self.filled.add(name)

    def add_nulled(self, columns_of_rows: Iterable[pa.Scalar]) -> None:
        """The columns of each row whose values were discarded."""
        for columns in columns_of_rows:
            self.values_discarded.update(columns.as_py())
