"""Where a run of the benchmark works, and how large it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.child import ROOT

BENCH = ROOT / "bench"
ROWS, SPECS = 3_000_000, 1_000
"""The sizes that the claims speak of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Sizes and places. Everything large lies in `.medallion/bench`, which git ignores."""

    quick: bool = False
    rows: int = ROWS
    specs: int = SPECS
    folder: Path = ROOT / ".medallion" / "bench"

    @classmethod
    def of(cls, *, quick: bool, rows: int | None) -> Workspace:
        """The sizes that the claims speak of, or small ones that only prove that all works."""
        if quick:
            return cls(quick=True, rows=rows or 100_000, specs=50)
        return cls(rows=rows or ROWS)

    @property
    def memory_rows(self) -> tuple[int, int]:
        """The two sizes whose peaks of memory are compared."""
        return (self.rows // 3, self.rows * 10 // 3)

    @property
    def results(self) -> Path:
        """Where results go. A run of other sizes leaves the ones that are kept in git alone."""
        return BENCH if self.rows == ROWS and self.specs == SPECS else self.fresh("trial")

    def rounds(self, full: int, quick: int = 1) -> int:
        """How often the sides are measured."""
        return quick if self.quick else full

    def fresh(self, name: str) -> Path:
        """A folder of this name below `folder`, made where it is missing."""
        made = self.folder / name
        made.mkdir(parents=True, exist_ok=True)
        return made
