"""A run whose source had nothing new: what follows its landing has nothing to do, and says so."""

from __future__ import annotations

from medallion.names import Layer
from medallion.plan.model import BuildStep, LandStep, Step
from medallion.steps.context import StepContext, StepResult
from medallion.warehouse.registry.landed_files import has_nothing_new
from medallion.warehouse.session.transaction import session

NOTHING_NEW = "nothing_new"


def nothing_to_do(step: Step, context: StepContext) -> StepResult | None:
    """The empty result of a step after a landing without anything new; None: the step is to run."""
    if isinstance(step, LandStep | BuildStep) or step.table.layer is not Layer.SILVER:
        return None
    with session(context.warehouse_url, "looking for a landing") as connection:
        if not has_nothing_new(connection, context.run, step.table):
            return None
    context.log.info(
        "%s: there is no new file: %s does nothing, and readers keep what they have",
        step.table.public,
        context.task_id,
    )
    return StepResult(rows_in=0, rows_out=0, details={NOTHING_NEW: True})
