"""Records of a landing that are not cleaned: what a person has dropped, and what a replay is not
about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from medallion.errors import DataRejected, SetupError
from medallion.lake.manifest import Manifest
from medallion.plan.model import CleanStep
from medallion.prose import tally
from medallion.steps.clean.part_reading import Line
from medallion.steps.context import StepContext
from medallion.warehouse.quarantine import left_out
from medallion.warehouse.session.transaction import Session

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """The numbers of such records by part, in order; lines that are not records below 0.

    They are in the run's rejects already: a pass hands them to nobody, and counts them.
    """

    places: Mapping[int, np.ndarray[Any, Any]] = field(default_factory=dict)
    erased: Mapping[int, np.ndarray[Any, Any]] = field(default_factory=dict)
    """Records of erased people by part: nobody gets them, and they are counted as discarded."""

    @property
    def rows(self) -> int:
        """How many they are."""
        return sum(len(numbers) for numbers in self.places.values())

    def find_kept(self, part: int, numbers: pa.Array[Any]) -> pa.Array[Any] | None:
        """Which of the records with these numbers are cleaned; None: all of them."""
        return _find_others(self.places.get(part), numbers)

    def find_unerased(self, part: int, numbers: pa.Array[Any]) -> pa.Array[Any] | None:
        """Which of these records are of nobody who was erased; None: all of them."""
        return _find_others(self.erased.get(part), numbers)

    def has_line(self, part: int, line: Line) -> bool:
        """Whether a line that is not a record is one of them."""
        out = self.places.get(part)
        return out is not None and -line.find_number() in out


def _find_others(out: np.ndarray[Any, Any] | None, numbers: pa.Array[Any]) -> pa.Array[Any] | None:
    """Which numbers are none of those; None: none of them is."""
    import numpy as np
    import pyarrow as pa

    if out is None:
        return None
    kept = np.isin(numbers.to_numpy(zero_copy_only=False), out, invert=True)
    return None if kept.all() else pa.array(kept)


def enter_left_out(
    connection: Session,
    step: CleanStep,
    context: StepContext,
    manifest: Manifest,
    erased: Mapping[int, Sequence[int]],
) -> LeftOut:
    """Enter into the run's rejects, which are empty, what is left out of its landing.

    Args:
        erased: by part, the numbers of records of erased people.

    Raises:
        SetupError: some rows are to stay in quarantine, and they are of a former landing.
    """
    run, table = context.run, step.table
    dropped = left_out.drop_again(connection, run, table, manifest.load_id)
    left: int | None = 0
    chosen = context.chosen
    if chosen is not None and chosen.is_part_of_runs:
        left = left_out.leave_in_quarantine(connection, run, table, chosen)
    if left is None:
        raise SetupError(
            f"{run.run_id} was landed again after rows of {table.public} were quarantined: which "
            "of its records they are, nobody knows any more",
            remedy="replay the whole run",
        )
    for rows, what in ((left, "stay in quarantine"), (dropped, "were dropped by hand")):
        if rows:
            context.log.info("left out: %s that %s", tally(rows, "record"), what)
    found = left_out.list_left_out(connection, run, table) if dropped or left else {}
    return LeftOut(places=_sort(found), erased=_sort(erased))


def _sort(found: Mapping[int, Sequence[int]]) -> Mapping[int, np.ndarray[Any, Any]]:
    import numpy as np

    return {part: np.array(sorted(them)) for part, them in found.items()}


def hold_to_left_out(left: LeftOut, met: int, step: CleanStep) -> None:
    """Every record that is left out was met in the landing.

    Raises:
        DataRejected: as the spec reads it now, the landing has not all of them.
    """
    if met != left.rows:
        raise DataRejected(
            f"{step.table.public}: of {tally(left.rows, 'record')} that were dropped, or stay in "
            f"quarantine, the landing has {met} as the spec reads it now",
            remedy="has `unpivot` changed? Replay the whole run, or clear "
            f"`{step.table.name}.land` to land it again. Nothing was published",
        )
