"""What publications leave for alerts: too much in quarantine, and columns that changed."""

from __future__ import annotations

from medallion.plan.model import PublishStep
from medallion.prose import tally
from medallion.run import Run
from medallion.spec.models.alerts import AlertEvent
from medallion.steps.context import StepContext
from medallion.steps.publish.shape import ShapeChange
from medallion.warehouse.registry import incidents
from medallion.warehouse.registry.accounting import Figures
from medallion.warehouse.registry.incidents import NewIncident
from medallion.warehouse.session.transaction import Session, session


def are_too_many_quarantined(step: PublishStep, figures: Figures) -> bool:
    """Whether more rows are in quarantine than the guard allows."""
    limit = step.guard.max_quarantined_percent
    return limit is not None and 100 * figures.quarantined > limit * figures.wanted


def report_quarantine(step: PublishStep, figures: Figures, context: StepContext) -> None:
    """Open an incident where too many rows are in quarantine: in a transaction of its own, since
    the publication's is rolled back where the guard refuses."""
    if not are_too_many_quarantined(step, figures):
        return
    new = NewIncident(
        key=_quarantine(step),
        event=AlertEvent.QUARANTINE_ABOVE_LIMIT,
        domain=step.table.domain,
        dag_id=context.run.dag_id,
        run_id=context.run.run_id,
        table=str(step.table.public),
        problem=f"{figures.quarantined:,} of {tally(figures.wanted, 'row')} would go to "
        "quarantine, the guard "
        f"allows {step.guard.max_quarantined_percent:g} %",
    )
    with session(context.warehouse_url, "reporting quarantine") as connection:
        incidents.open_incident(connection, new)


def keep_with_publication(
    connection: Session, step: PublishStep, run: Run, figures: Figures, shape: ShapeChange
) -> None:
    """In the publication's transaction: quarantine is within its limit, columns have changed."""
    if not are_too_many_quarantined(step, figures):
        incidents.close_incidents(connection, [_quarantine(step)])
    if not shape.breaks and not shape.added:
        return
    added = [f"new column: {name}" for name in shape.added]
    table = str(step.table.public)
    new = NewIncident(
        key=f"{AlertEvent.SCHEMA_CHANGED}:{table}:{run.run_id}",
        event=AlertEvent.SCHEMA_CHANGED,
        domain=step.table.domain,
        dag_id=run.dag_id,
        run_id=run.run_id,
        table=table,
        problem=f"its columns changed: {len(added)} new, {len(shape.breaks)} gone or of another "
        "type",
        details="\n".join([*shape.breaks, *added]),
        is_passing=True,
    )
    incidents.open_incident(connection, new)


def _quarantine(step: PublishStep) -> str:
    return f"{AlertEvent.QUARANTINE_ABOVE_LIMIT}:{step.table.public}"
