"""Refreshes which domains may read a table, from the spec that publishes it."""

from __future__ import annotations

from collections.abc import Sequence

from medallion.compiler.single import plan_of_pipeline
from medallion.errors import MedallionError
from medallion.names import PublishedTable, TableName
from medallion.plan.model import PublishStep
from medallion.steps.context import StepContext
from medallion.warehouse.registry import records as registry
from medallion.warehouse.registry.named_table import parse_published_table
from medallion.warehouse.roles import readers
from medallion.warehouse.session.transaction import Session


def share_as_specs_say(loader: Session, context: StepContext, tables: Sequence[TableName]) -> None:
    """Bring the domains that may read these tables in step with the specs that publish them.

    A publication does it for its own table; this way a reader need not wait for the next one.
    """
    for name in tables:
        table = parse_published_table(str(name))
        current = registry.current(loader, table)
        step = _publish_step(table, current.dag_id, context) if current else None
        if step is not None:
            readers.share(loader, table, step.share_with)


def _publish_step(table: PublishedTable, dag_id: str, context: StepContext) -> PublishStep | None:
    """None: the spec is gone, or broken, or does not publish it: then nothing changes."""
    try:
        plan = plan_of_pipeline(dag_id, context.project_root)
    except MedallionError:
        return None
    steps = (task.step for task in plan.tasks)
    return next((s for s in steps if isinstance(s, PublishStep) and s.table == table), None)
