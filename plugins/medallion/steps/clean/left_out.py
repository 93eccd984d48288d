"""Records of a landing that are not cleaned: what a person has dropped, and what a replay is not
about."""

from __future__ import annotations

from collections.abc import Mapping
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

    @property
    def rows(self) -> int:
        """How many they are."""
        return sum(len(numbers) for numbers in self.places.values())

    def find_kept(self, part: int, numbers: pa.Array[Any]) -> pa.Array[Any] | None:
        """Which of the records with these numbers are cleaned; None: all of them."""
        import numpy as np
        import pyarrow as pa

        out = self.places.get(part)
        if out is None:
            return None
        kept = np.isin(numbers.to_numpy(zero_copy_only=False), out, invert=True)
        return None if kept.all() else pa.array(kept)

    def has_line(self, part: int, line: Line) -> bool:
        """Whether a line that is not a record is one of them."""
        out = self.places.get(part)
        return out is not None and -line.find_number() in out


def enter_left_out(
    connection: Session, step: CleanStep, context: StepContext, manifest: Manifest
) -> LeftOut:
    """Enter into the run's rejects, which are empty, what is left out of its landing.

    Raises:
        SetupError: some rows are to stay in quarantine, and they are of a former landing.
    """
    import numpy as np

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
    return LeftOut(places={part: np.array(sorted(them)) for part, them in found.items()})


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
