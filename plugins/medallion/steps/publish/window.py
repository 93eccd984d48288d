"""Holds an increment to the table that it was built for: under the lock, another run may have
published since."""

from __future__ import annotations

from medallion.errors import StagingLost
from medallion.plan.model import PublishStep
from medallion.run import Run
from medallion.steps.gated_table import JUDGED_AGAINST
from medallion.steps.publish.shape import ShapeChange
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry import windows
from medallion.warehouse.registry.accounting import Figures, maker_of
from medallion.warehouse.registry.records import Publication
from medallion.warehouse.session.transaction import Session


def hold_to_current(
    connection: Session,
    step: PublishStep,
    figures: Figures,
    current: Publication | None,
    shape: ShapeChange,
    run: Run,
) -> None:
    """Refuse an increment that another run has overtaken; the task then builds it again.

    Raises:
        StagingLost: it would take readers back, or leave out what they have.
    """
    window, read_at = figures.window, figures.read_at
    if step.increment is None or window is None or read_at is None:
        return
    goes_on = current is not None and current.write_disposition == step.write_disposition.name
    if not window.is_whole and (not goes_on or shape.grows or shape.breaks):
        raise _build_again(step, "the table has changed, and has to be built whole")
    if current is None:
        return
    judged_against = _find_publication_judged(connection, step, run)
    if not window.is_whole and judged_against not in (None, current.publication_id):
        raise _build_again(step, "its gate has judged it with rows that are published no more")
    latest = windows.latest_end(connection, step.table, current.version)
    if window.is_whole and latest is not None and latest > window.end:
        raise _build_again(step, f"another run has published up to {latest:%Y-%m-%d %H:%M} UTC")
    other = windows.find_later_run(
        connection,
        step.table,
        current.version,
        window,
        read_at,
        any_time=window.is_whole or not step.write_disposition.holds_to_window,
    )
    if other is not None:
        raise _build_again(step, f"{other} has read its inputs later, and published first")


def _find_publication_judged(connection: Session, step: PublishStep, run: Run) -> object:
    """The publication whose rows the gate has judged with those of the run; None: it judged the
    run's alone."""
    record = registry.task_record(connection, run, f"{step.table.name}.gate")
    return (record.details or {}).get(JUDGED_AGAINST) if record else None


def keep_window(connection: Session, publication_id: int, figures: Figures) -> None:
    """Record what the publication has made, with it."""
    window, read_at, recipe = figures.window, figures.read_at, figures.recipe
    if window is not None and read_at is not None and recipe is not None:
        windows.keep(connection, publication_id, window, read_at=read_at, recipe=recipe)


def _build_again(step: PublishStep, why: str) -> StagingLost:
    return StagingLost(
        f"what was staged for {step.table.public} is out of date: {why}",
        remedy=f"run the task again: it builds the increment again. Or clear {maker_of(step.table)}"
        " and the tasks after it",
    )
